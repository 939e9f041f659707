import type { Archive } from '../record.js';
import { summarise } from '../reformulate/summary.js';
import type { Manifest, PreparedRow } from './layout.js';
import type { Plan } from './plan.js';
import { recounted } from './rows.js';

/**
 * The manifest of a finished set of the same images, with the problems and counts that its archive has now.
 * `undefined` where an older set does not say which of its problems are of drawn images.
 */
export function retold(
  finished: Manifest,
  archive: Archive,
  plan: Plan,
  rows: readonly PreparedRow[],
): Manifest | undefined {
  const { problems, drawnProblems = problems.length === 0 ? 0 : undefined } = finished;
  if (drawnProblems === undefined) return undefined;
  return {
    ...finished,
    counts: recounted(finished.counts, plan, rows),
    archive: summarise(archive),
    problems: [...plan.problems, ...problems.slice(problems.length - drawnProblems)],
    drawnProblems,
  };
}
