import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError, reasonOf } from '../../base/errors.js';
import { isMissing } from '../../base/files.js';
import type { Split } from '../record.js';
import { type ImageFolder, limits, readText, stem } from './files.js';
import { splitNamed } from './split-names.js';

/** Where Pascal VOC's trees keep lists. */
const sets = ['', 'ImageSets/Main', 'ImageSets/Segmentation'];

/**
 * The splits by path that lists state: text files named train, val and test in one of the folders, or below
 * its `ImageSets`, with a name of an image on each line. The first folder whose lists name images counts.
 */
export async function listedIn(
  folders: readonly string[],
  images: ImageFolder,
): Promise<ReadonlyMap<string, Split>> {
  for (const folder of new Set(folders.flatMap((root) => sets.map((below) => join(root, below))))) {
    const splits = new Map<string, Split>();
    for (const [file, split] of await listsOf(folder)) {
      const text = await readText(join(folder, file), 'image names, one a line', limits.labels);
      for (const line of text.split(/\r?\n/).filter((one) => one.trim() !== '')) {
        const found = images.find(line);
        if ('path' in found) splits.set(found.relative, split);
      }
    }
    if (splits.size > 0) return splits;
  }
  return new Map();
}

async function listsOf(folder: string): Promise<readonly (readonly [file: string, split: Split])[]> {
  const files = await readdir(folder).catch((error: unknown): string[] => {
    if (isMissing(error)) return [];
    throw inputError(`${folder} can't be read: ${reasonOf(error)}`);
  });
  return files.sort().flatMap((file) => {
    const split = /\.txt$/i.test(file) ? splitNamed(stem(file)) : undefined;
    return split === undefined ? [] : [[file, split] as const];
  });
}
