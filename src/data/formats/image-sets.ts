import type { Split } from '../record.js';
import { findFirst, limits, readText } from './files.js';

/** The splits by name of image of a Pascal VOC tree, as the lists below `ImageSets/Main` in a folder say. */
export async function imageSets(folder: string): Promise<ReadonlyMap<string, Split>> {
  const splits = new Map<string, Split>();
  for (const [file, split] of [
    ['train', 'train'],
    ['val', 'validation'],
    ['test', 'test'],
  ] as const) {
    const path = await findFirst(folder, [`ImageSets/Main/${file}.txt`]);
    if (path === undefined) continue;
    for (const line of (await readText(path, 'image names', limits.labels)).split(/\r?\n/)) {
      if (line.trim() !== '') splits.set(line.trim(), split);
    }
  }
  return splits;
}
