import { dirname } from 'node:path';
import type { Draft } from '../formats/collect.js';
import { splitsOfYaml } from '../formats/data-yaml.js';
import type { ImageFolder } from '../formats/files.js';
import { listedIn } from '../formats/split-lists.js';
import { splitOfPath } from '../formats/split-names.js';
import type { Split } from '../record.js';

/** Where splits may be stated. */
interface Given {
  readonly folders: 'split' | 'ignored';
  /** A `data.yaml`, which goes before lists. */
  readonly yaml: string | undefined;
  /** The annotations and the folder of images, near which lists may be. */
  readonly places: readonly string[];
}

/** The splits that folders and lists state. */
interface FolderSplits {
  of(file: string): Split | undefined;
  /** Paths of the images without a split where others have several. */
  readonly without: ReadonlySet<string>;
}

/** The split of each image by its folder, `data.yaml` or lists; none unless every image has one. */
export async function folderSplits(given: Given, images: ImageFolder): Promise<FolderSplits> {
  if (given.folders === 'ignored') return { of: () => undefined, without: new Set() };
  const listed = await listedSplits(given, images);
  const splits = new Map(
    images.paths.flatMap((path) => {
      const split = listed.get(path) ?? splitOfPath(path);
      return split === undefined ? [] : [[path, split] as const];
    }),
  );
  const left = images.paths.filter((path) => !splits.has(path));
  const isSplit = new Set(splits.values()).size > 1;
  return {
    of: isSplit && left.length === 0 ? (file) => splits.get(file) : () => undefined,
    without: new Set(isSplit ? left.map(images.absolute) : []),
  };
}

/** The splits by path that `data.yaml` or lists near the annotations and images state. */
async function listedSplits(
  { yaml, places }: Given,
  images: ImageFolder,
): Promise<ReadonlyMap<string, Split>> {
  if (yaml !== undefined) return splitsOfYaml(yaml, images);
  return listedIn([...places.map((place) => dirname(place)), ...places], images);
}

/** Tells of an image without a split where others have one, by folders of several splits or a table. */
export function withoutSplit(draft: Draft, without: ReadonlySet<string>, areSplit: boolean): Draft {
  const { split, path, annotated, faults = [] } = draft;
  if (split !== undefined || faults.some(({ kind }) => kind === 'no-split')) return draft;
  if (!without.has(path) && (!areSplit || annotated === false)) return draft;
  const problem = without.has(path)
    ? 'it is in no folder or list of a split, as others are: no split by these is followed'
    : 'no split is stated for it: no stated split is followed';
  return { ...draft, faults: [...faults, { kind: 'no-split', problem }] };
}
