import { dirname, resolve } from 'node:path';
import type { Region } from '../record.js';
import { type Annotations, labelsOf } from './collect.js';
import { groupBy, listFiles, stem } from './files.js';

const maskExtensions = ['.png', '.tif', '.tiff', '.bmp', '.jpg', '.jpeg'];

/**
 * Finds the masks of images by name: the mask of `a.png` is `a.png`, `a_LABEL.png`, `a_mask.png` or
 * `a_mask_1.png`, of any picture format. The label is the folder that the mask lies in, or else what its name
 * adds to the image's, or else `finding`. `unmatched` are masks whose image is not there.
 */
export async function readMaskFolder(
  root: string,
  images: readonly string[],
): Promise<Annotations & { readonly unmatched: readonly string[] }> {
  const stems = new Set(images.map(stem));
  const unmatched: string[] = [];
  const masks = (await listFiles(root, maskExtensions)).flatMap((path) => {
    const image = ownerOf(stem(path), stems);
    if (image === undefined) unmatched.push(path);
    return image === undefined ? [] : [{ image, region: regionOf(root, path, image) }];
  });
  const found = [...groupBy(masks, ({ image }) => image)].map(([file, own]) => ({
    file,
    boxes: [],
    regions: own.map(({ region }) => region),
  }));
  return { labels: labelsOf(found), images: found, unmatched };
}

/** The longest image name that the mask's name is, or begins with before an underscore. */
function ownerOf(mask: string, images: ReadonlySet<string>): string | undefined {
  for (let name = mask; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('_')))) {
    if (images.has(name)) return name;
  }
  return undefined;
}

function regionOf(root: string, path: string, image: string): Region {
  const folder = dirname(path).split('/').at(-1);
  const added = stem(path)
    .slice(image.length)
    .replace(/^_/, '')
    .replace(/^mask(_?\d+)?$/i, '');
  const label = folder !== undefined && folder !== '.' ? folder : added || 'finding';
  return { kind: 'file', label, path: resolve(root, path) };
}
