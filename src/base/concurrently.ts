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
  // Results are dropped once taken, so that memory does not grow with `count`.
  const pending: Promise<T>[] = [];
  let begun = 0;
  for (let index = 0; index < count; index++) {
    for (; begun < Math.min(count, index + limit); begun++) {
      const started = work(begun);
      // The error is thrown when its index is next; this handler keeps it from being reported as unhandled
      // before.
      started.catch(() => {});
      pending.push(started);
    }
    take(await pending.shift()!, index);
  }
}
