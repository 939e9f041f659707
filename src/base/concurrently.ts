/**
 * Runs `work(0)`, `work(1)`, .. with at most `limit` at once, and passes the results to `take` in index
 * order, whichever is ready first. The first failure ends it.
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
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      started.catch(() => {});
      begun.push(started);
    }
    take(await begun[index]!, index);
  }
}
