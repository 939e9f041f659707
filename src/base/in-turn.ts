import type { RunContext } from './run.js';

/** Shares of an item are shown in such steps, whose sums are exact. */
const STEP = 1 / 1024;

/** Computes something of each item in turn, and shows it as one step that has an item for its unit. */
export async function inTurn<T, R>(
  run: RunContext,
  label: string,
  items: readonly T[],
  compute: (item: T, index: number, run: RunContext) => Promise<R>,
): Promise<R[]> {
  const whole = run.progress.start(label, items.length);
  const results: R[] = [];
  for (const [i, item] of items.entries()) {
    let [share, shown] = [0, 0];
    const upTo = (part: number, note?: string) => {
      const next = Math.min(1, Math.floor(part / STEP) * STEP);
      whole.advance(next - shown, note);
      shown = next;
    };
    const start = (_label: string, total: number) => ({
      advance(units = 1, note?: string) {
        share += units / total;
        upTo(share, note);
      },
      done() {},
    });
    results.push(await compute(item, i, { ...run, progress: { start } }));
    upTo(1, '');
  }
  whole.done();
  return results;
}
