import { checkpoint, type RunContext } from '../../base/run.js';
import type { ImageRecord, Problem } from '../record.js';
import { type Annotated, type Draft, problem } from './collect.js';
import type { ImageFolder } from './files.js';

/** Image data derived from its file name: at least id and patient. */
export type Identity = Pick<ImageRecord, 'id' | 'patient'> &
  Partial<Omit<ImageRecord, 'path' | 'boxes' | 'regions'>>;

/** A name that differs only in case or Unicode form matches, because it is the only candidate. */
const renamed = {
  kind: 'renamed',
  problem: 'its annotation spells its name in other letters (capital and small ones, or the Unicode form)',
} as const;

export interface Joined {
  readonly drafts: readonly Draft[];
  readonly problems: readonly Problem[];
}

/**
 * Joins annotations with image files. An annotation without an image is a problem. An image without
 * annotation becomes a record that is not `annotated`, with a problem, or a negative, as `unnamed` says.
 */
export function joinImages(
  images: ImageFolder,
  annotated: readonly Annotated[],
  identify: (file: string) => Identity,
  unnamed: 'unknown' | 'negative' = 'unknown',
): Joined {
  const problems: Problem[] = [];
  const named = new Set<string>();
  const drafts = annotated.flatMap(({ file, width, height, faults = [], ...said }): Draft[] => {
    const found = images.find(file);
    if ('problem' in found) {
      problems.push(problem(identify(file).id, 'missing-image', found.problem));
      return [];
    }
    named.add(found.relative);
    const size = width === undefined || height === undefined ? {} : { width, height };
    const spelled = found.otherwise ? [...faults, renamed] : faults;
    return [{ ...identify(found.relative), ...size, ...said, faults: spelled, path: found.path }];
  });
  const fault = { kind: 'missing-annotation', problem: 'no annotation names this image' } as const;
  const isNegative = unnamed === 'negative';
  const left = images.paths
    .filter((path) => !named.has(path))
    .map((path): Draft => {
      const found = { path: images.absolute(path), boxes: [], regions: [] };
      return { ...identify(path), ...found, ...(!isNegative && { faults: [fault], annotated: false }) };
    });
  return { drafts: [...drafts, ...left], problems };
}

/** Maps items in order, reports progress, and stops on abort. */
export async function each<T, R>(
  run: RunContext,
  label: string,
  items: readonly T[],
  map: (item: T, index: number) => R | Promise<R>,
): Promise<R[]> {
  const step = run.progress.start(label, items.length);
  const results: R[] = [];
  for (const [i, item] of items.entries()) {
    if (i % 128 === 0) await checkpoint(run);
    results.push(await map(item, i));
    step.advance();
  }
  step.done();
  return results;
}
