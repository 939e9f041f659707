import { checkpoint, type RunContext } from './run.js';

/** A long computation that yields, between slices of its work, the share of it that is done. */
export type Sliced<T> = Generator<number, T, void>;

/** So many milliseconds a computation may keep others waiting. */
const PATIENCE = 50;

/** Computes all slices without a pause. */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Computes slices, and shows the share that is done and may stop where they have taken a while. */
export async function inSlices<T>(
  work: Sliced<T>,
  run: RunContext,
  show: (share: number) => void = () => {},
): Promise<T> {
  let since = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - since < PATIENCE) continue;
    show(step.value);
    await checkpoint(run);
    since = performance.now();
  }
}

/** A computation as the part of a longer one between two shares of it. */
export function* partOf<T>(work: Sliced<T>, from: number, to: number): Sliced<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    yield from + (to - from) * step.value;
  }
}
