/**
 * Calls `work(0)`, `work(1)`, .. with at most `limit` pending at once. Passes the results to `take` in index
 * order. Throws the first error.
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
      // The error is thrown when its index is next; this handler keeps it from being reported as unhandled
      // before.
      started.catch(() => {});
      begun.push(started);
    }
    take(await begun[index]!, index);
  }
}
