import { dirname } from 'node:path';
import { mapPooled } from '../../base/pool.js';
import type { RunContext } from '../../base/run.js';
import { groupBy, type ImageFolder, stem } from './files.js';
import { isHolder } from './folder-names.js';
import { contentsOf } from './mask-contents.js';
import { isMaskWord, ownersOf } from './mask-names.js';
import { splitNamed } from './split-names.js';

/** Files among images that are masks of others, which one reason tells. */
export interface MasksAmong {
  readonly paths: readonly string[];
  /** Why they count as masks. */
  readonly why: string;
}

/** So many files of a folder are read to tell whether it is of masks. */
const LOOKED = 8;

/**
 * The files among the images of class folders that are masks of others. Beside the image a name such as
 * `a_mask`, or a folder such as `masks` with the image's name, tells that. A folder elsewhere may be a class
 * of that name, such as `Seg`: it is of masks where its files have the names of images and few values.
 */
export async function masksAmong(images: ImageFolder, run: RunContext): Promise<readonly MasksAmong[]> {
  const isIn = (path: string) => partsOf(path).some(isMaskWord);
  const plain = images.paths.filter((path) => !isIn(path));
  const names = new Set(plain.map(nameOf));
  const beside = new Set(images.paths.map((path) => keyOf(dirname(path), nameOf(path))));
  const near = new Set(plain.map((path) => keyOf(placeOf(path), nameOf(path))));
  const isBeside = (path: string) =>
    ownersOf(nameOf(path)).some((owner) => beside.has(keyOf(dirname(path), owner)));
  const isNear = (path: string) =>
    isIn(path) &&
    partsOf(path).some((part) => !isOfFiles(part) && splitNamed(part) === undefined) &&
    possible(path).some((owner) => near.has(keyOf(placeOf(path), owner)));
  const byName = images.paths.filter((path) => isBeside(path) || isNear(path));
  const told = new Set(byName);
  const unclear = images.paths.filter(
    (path) =>
      !told.has(path) && (isIn(path) ? possible(path) : ownersOf(nameOf(path))).some((o) => names.has(o)),
  );
  const folders = [...groupBy(unclear, dirname).values()];
  const areMasks = await mapPooled(run, 'reading possible masks', folders, async (own) => {
    const looked = own.filter((_, i) => i % Math.ceil(own.length / LOOKED) === 0);
    const found = await Promise.all(looked.map((path) => contentsOf(images.absolute(path))));
    return found.includes('mask') && !found.includes('other');
  });
  const byContents = folders.filter((_, i) => areMasks[i]);
  return [
    ...(byName.length > 0 ? [{ paths: byName, why: 'by their names and folders' }] : []),
    ...byContents.map((paths) => {
      const folder = partsOf(paths[0]!).findLast(isMaskWord);
      const no = folder === undefined ? '' : `; folder ${folder} is no class`;
      return { paths, why: `by their names and few values${no}` };
    }),
  ];

  /** The names of the images that a file in a folder such as `masks` may be of. */
  function possible(path: string): readonly string[] {
    return [nameOf(path), ...ownersOf(nameOf(path))];
  }
}

const nameOf = (path: string): string => stem(path).normalize('NFC').toLowerCase();

const partsOf = (path: string): readonly string[] =>
  dirname(path)
    .split('/')
    .filter((part) => part !== '.');

/** A file's folders, but for those of masks or of images. */
const placeOf = (path: string): string =>
  partsOf(path)
    .filter((part) => !isOfFiles(part))
    .join('/');

const isOfFiles = (part: string): boolean => isMaskWord(part) || isHolder(part);

const keyOf = (folder: string, name: string): string => `${folder}/${name}`;
