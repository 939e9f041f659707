import { basename, dirname, relative, resolve } from 'node:path';
import { inputError } from '../../base/errors.js';
import { mapPooled } from '../../base/pool.js';
import type { RunContext } from '../../base/run.js';
import type { Region } from '../record.js';
import type { Fault } from './boxes.js';
import { type Annotated, type Annotations, labelsOf } from './collect.js';
import { groupBy, type ImageFolder, imageExtensions, listFiles, stem, whatIsThere } from './files.js';
import { each } from './join.js';
import { type MaskFile, type ReadMasks, readLabelMaps } from './label-maps.js';
import { isMaskOf, isMaskSuffix, unmarked } from './mask-names.js';
import { toldObjects } from './mask-objects.js';
import { commonTurn, fittedMasks, turnOf } from './mask-sizes.js';
import { faultOf, isMarked, SEVERAL, type Seen, settled, stateOf } from './mask-states.js';
import type { MaskValues } from './mask-values.js';
import { measure } from './size.js';
import { splitNamed } from './split-names.js';

/** The extension of the image that a mask's name may repeat. */
const ofImage = new RegExp(
  `^(${imageExtensions.map((end) => end.replace('.', '[.]')).join('|')})(?=$|[_. -])`,
  'i',
);

/** The masks of a folder, by image. */
export interface MaskFolder extends Annotations {
  readonly unmatched: readonly string[];
  /** Files among the images that are masks of other images. */
  readonly among: readonly string[];
}

/**
 * Finds masks by name. The mask of `a.png` is `a.png`, `a_LABEL.png`, `a_mask.png`, `a_mask_1.png` or
 * `mask_a.png`, in any format. The label is the mask's innermost folder that is no folder of the image
 * or of a split, otherwise the suffix of its name, otherwise `finding`. A black mask means an annotated image
 * without findings. `unmatched` lists masks without an image. Where masks are among the images, files named
 * as masks are no images. With `values` the files are label maps, whose values name the labels.
 */
export async function readMaskFolder(
  root: string,
  images: ImageFolder,
  run: RunContext,
  values?: MaskValues,
): Promise<MaskFolder> {
  const files = await listFiles(root, imageExtensions);
  const inside = (path: string) => relative(images.root, resolve(root, path)).replaceAll('\\', '/');
  const known = new Set(images.paths);
  const isAmong = (path: string) => known.has(inside(path));
  const among = new Set(files.filter((path) => isAmong(path) && isMaskOf(path, images)).map(inside));
  const stems = groupBy(
    images.paths.filter((path) => !among.has(path)),
    (path) => folded(stem(path)),
  );
  const unmatched: string[] = [];
  const owned = files
    .filter((path) => !isAmong(path) || among.has(inside(path)))
    .flatMap((path) => {
      const image = ownerOf(path, stems);
      if (image === undefined) unmatched.push(path);
      return image === undefined ? [] : [{ image, path }];
    });
  if (owned.length === 0) {
    const all = await listFiles(root);
    const objects = await toldObjects(root, all, run);
    if (objects !== undefined) throw inputError(`${root}: no mask has the name of an image; ${objects}`);
    const found =
      files.length === 0
        ? `no picture is there${await whatIsThere(root, all)}`
        : `found ${files.length} files, such as ${basename(files[0]!)}`;
    throw inputError(
      `${root}: no mask has the name of an image; the mask of a.png is a.png, a_LABEL.png, a_mask.png, a_mask_1.png or mask_a.png; ${found}`,
    );
  }
  const read =
    values === undefined
      ? await readBinary(root, owned, run)
      : await readLabelMaps(
          owned.map(({ image, path }) => ({ image, path: resolve(root, path) })),
          values,
          run,
        );
  const measured = await each(
    run,
    'measuring images',
    [...groupBy(read.masks, ({ image }) => image)],
    async ([file, own]) => {
      const marked = own.flatMap(({ regions }) => regions);
      const picture = await measure(images.absolute(file)).catch(() => undefined);
      return { file, marked, picture, faults: own.flatMap(({ faults }) => faults) };
    },
  );
  const common = commonTurn(
    measured.map(({ marked, picture }) => picture && turnOf(marked, read.sizes, picture)),
  );
  const found = measured.map(({ file, marked, picture, faults: own }): Annotated => {
    const fit = picture && fittedMasks(marked, read.sizes, picture, common);
    const faults = [...own, ...(fit?.faults ?? [unmeasured])];
    return {
      file,
      boxes: [],
      ...fit?.stored,
      regions: fit?.regions ?? marked,
      ...(faults.length > 0 && { faults }),
    };
  });
  return { labels: read.labels, images: found, unmatched, among: [...among] };
}

/** Reads masks of 0 and one other value, each of which marks one finding. */
async function readBinary(root: string, owned: readonly MaskFile[], run: RunContext): Promise<ReadMasks> {
  const folders = foldersOf(owned);
  const masks = numberless(
    owned.map(({ image, path }) => {
      const region = regionOf(root, path, image, folders === 'sources');
      const isUnsure = folders === 'either' && region.label === basename(dirname(path));
      return { image, region, ...(isUnsure && { was: numbered(region.label) }) };
    }),
  );
  const filled = new Map<Region, Seen>(
    await mapPooled(run, 'reading masks', masks, async ({ region }) => [region, await stateOf(region)]),
  );
  const states = settled(root, filled);
  const regions = masks.map(({ region }) => region);
  return {
    labels: labelsOf([{ boxes: [], regions }]),
    sizes: new Map([...filled].flatMap(([region, { size }]) => (size ? [[region, size] as const] : []))),
    masks: masks.map(({ image, region, was }) => ({
      image,
      regions: isMarked(states.get(region)) ? [region] : [],
      faults: [was ?? [], faultOf(states.get(region)) ?? []].flat(),
    })),
  };
}

const unmeasured: Fault = {
  kind: 'inconsistent',
  problem: 'its picture cannot be measured, so that its mask is not compared with it',
};

interface Owned {
  readonly image: string;
  readonly region: Region;
  /** What is told of a label that is read as another. */
  readonly was?: Fault;
}

/**
 * Reads labels that number the lesions of an image, such as `cyst_1` and `cyst_2`, as one: those whose
 * numbers run from the same first one on in every image.
 */
function numberless(masks: readonly Owned[]): readonly Owned[] {
  const parts = ({ region }: Owned) => /^(.*\D)[_. -](\d+)$/.exec(region.label) ?? [];
  const isCounted = (own: readonly Owned[]) => {
    const first = own.reduce(
      (least, mask) => Math.min(least, Number(parts(mask)[2])),
      Number.POSITIVE_INFINITY,
    );
    return [...groupBy(own, ({ image }) => image).values()].every((of) => {
      const numbers = of.map((mask) => Number(parts(mask)[2])).sort((a, b) => a - b);
      return numbers.every((number, i) => number === first + i);
    });
  };
  const bases = groupBy(masks, (mask) => parts(mask)[1]);
  const counted = new Set(
    [...bases].flatMap(([base, own]) => (base !== undefined && isCounted(own) ? [base] : [])),
  );
  return masks.map((mask) => {
    const [, base] = parts(mask);
    if (base === undefined || !counted.has(base)) return mask;
    const problem = `its label '${mask.region.label}' is read as '${base}', as it numbers its lesions`;
    return { ...mask, region: { ...mask.region, label: base }, was: { kind: 'mended', problem } };
  });
}

/** So many folders whose names differ in their digits alone are patients rather than grades. */
const MANY = 10;

/** What folders of patients, studies and images are called, before a number. */
const ofSource =
  /^(p|pt|pat|patient|sub|subj|subject|person|case|id|study|scan|exam|series|visit|image|img|im|slide|volume)[_. -]*\d+$/i;

/** What folders of grades and kinds are called, before a number. */
const ofLabel =
  /^(grade|stage|class|type|kind|label|level|score|lesion|finding|kl|dr|birads|bi-rads|pirads|category)[_. -]*\d+$/i;

/**
 * Whether folders part the images, and so are named by image or patient, not by label: where each has the
 * masks of one image, or their names differ in their digits alone and there are many, or they are called so.
 * Few of other names with numbers may be of either.
 */
function foldersOf(masks: readonly MaskFile[]): 'sources' | 'labels' | 'either' {
  const folders = groupBy(masks, ({ path }) => basename(dirname(path)));
  const images = [...folders.values()].map((own) => new Set(own.map(({ image }) => image)));
  const all = new Set(masks.map(({ image }) => image));
  if (images.reduce((sum, { size }) => sum + size, 0) !== all.size) return 'labels';
  if (all.size === folders.size) return folders.size >= SEVERAL ? 'sources' : 'labels';
  const names = [...folders.keys()];
  const kinds = new Set(names.map((name) => name.replaceAll(/\d+/g, '0')));
  if (kinds.size > 1 || folders.size < 2 || ![...kinds][0]!.includes('0')) return 'labels';
  if (folders.size >= MANY || names.every((name) => ofSource.test(name))) return 'sources';
  return names.every((name) => ofLabel.test(name)) ? 'labels' : 'either';
}

const numbered = (label: string): Fault => ({
  kind: 'inconsistent',
  problem: `its label '${label}' is the name of a folder that differs from others in its number alone: where such folders are patients, put all masks in one`,
});

const folded = (name: string): string => name.normalize('NFC').toLowerCase();

/**
 * The image with the longest name that is the mask's name or its prefix up to a separator. Of several, the
 * one in a folder of the same name.
 */
function ownerOf(path: string, images: ReadonlyMap<string, readonly string[]>): string | undefined {
  const name = folded(stem(path));
  return ownerNamed(name, path, images) ?? ownerNamed(unmarked(name), path, images);
}

function ownerNamed(
  given: string,
  path: string,
  images: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  for (let name = given; name !== ''; name = name.slice(0, Math.max(0, name.search(/[_. -][^_. -]*$/)))) {
    const found = images.get(name);
    if (found === undefined) continue;
    return found.length === 1 ? found[0] : found.find((image) => dirname(image) === dirname(path));
  }
  return undefined;
}

function regionOf(root: string, path: string, image: string, isOfSource: boolean): Region {
  const folder = isOfSource ? undefined : labelFolder(path, image);
  const name = folded(stem(path)).startsWith(folded(stem(image))) ? stem(path) : unmarked(stem(path));
  const added = name
    .slice(stem(image).length)
    .replace(ofImage, '')
    .replace(/^[_. -]/, '');
  const named = isMaskSuffix(added) ? 'finding' : added;
  const label = folder === undefined || isMaskSuffix(folder) ? named : folder;
  return { kind: 'file', label, path: resolve(root, path) };
}

/** The innermost folder of a mask that is none of its image or of a split, if any. */
function labelFolder(path: string, image: string): string | undefined {
  const own = dirname(image).split('/').map(folded);
  return dirname(path)
    .split('/')
    .findLast((part) => part !== '.' && !own.includes(folded(part)) && splitNamed(part) === undefined);
}
