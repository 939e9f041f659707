/**
 * Begins `work(0)`, `work(1)`, .. in order, at most `limit` of them at once, and hands each result to `take`
 * in the same order: what is made of the results does not depend on which is ready first. The first failure
 * ends it.
 */
export async function concurrently<T>(
  limit: number,
  count: number,
  work: (index: number) => Promise<T>,
  take: (result: T, index: number) => void,
): Promise<void> {
  const begun: Promise<T>[] = [];
  for (let index = 0; index < count; index++) {
    for (let next = begun.length; next < Math.min(count, index + limit); next++) {
      const started = work(next);
      // A failure is met when its turn comes; until then it is not unhandled.
      started.catch(() => {});
      begun.push(started);
    }
    take(await begun[index]!, index);
  }
}
