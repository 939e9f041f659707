import { availableParallelism } from 'node:os';
import { checkpoint, type RunContext } from './run.js';

/**
 * Calls `work` for each item in order, with at most `parallel` calls pending. After an error no new call
 * starts; throws it when the pending calls have ended.
 */
export async function pooled<T>(
  items: readonly T[],
  parallel: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const workers = Array.from({ length: Math.min(parallel, items.length) }, async () => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        await work(items[index]!, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  });
  const ends = await Promise.allSettled(workers);
  const lost = ends.find((end) => end.status === 'rejected');
  if (lost !== undefined) throw lost.reason;
}

/**
 * Maps items, several at a time, by default by all cores; the results are in the order of the items. Reports
 * progress, and stops on abort.
 */
export async function mapPooled<T, R>(
  run: RunContext,
  label: string,
  items: readonly T[],
  map: (item: T, index: number) => Promise<R>,
  parallel: number = availableParallelism() + 1,
): Promise<R[]> {
  const results: R[] = [];
  const step = run.progress.start(label, items.length);
  await pooled(items, parallel, async (item, index) => {
    await checkpoint(run);
    results[index] = await map(item, index);
    step.advance();
  });
  step.done();
  return results;
}
