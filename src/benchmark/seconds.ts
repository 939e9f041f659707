import { quantile } from '../tensor/quantile.js';

/** Runs `work`; returns its result and its wall-clock time in seconds. */
export async function timed<T>(work: () => Promise<T>): Promise<{ made: T; seconds: number }> {
  const begun = performance.now();
  const made = await work();
  return { made, seconds: (performance.now() - begun) / 1000 };
}

export const milliseconds = async (work: () => Promise<unknown>): Promise<number> =>
  1000 * (await timed(work)).seconds;

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Durations in seconds. A resumed run keeps the durations of the steps finished before. */
export interface Seconds {
  readonly prepare: number;
  /** 0 when the run used a given model. */
  readonly train: number;
  readonly test: number;
  /** By method. */
  readonly explain: Readonly<Record<string, number>>;
  /** By metric, over all methods. */
  readonly score: Readonly<Record<string, number>>;
  readonly statistics: number;
}

export const sum = (parts: Readonly<Record<string, number>>): number =>
  Object.values(parts).reduce((a, b) => a + b, 0);
