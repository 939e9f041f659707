import { quantile } from '../tensor/quantile.js';

/** A result and its wall-clock time in seconds. */
export async function timed<T>(work: () => Promise<T>): Promise<{ made: T; seconds: number }> {
  const begun = performance.now();
  const made = await work();
  return { made, seconds: (performance.now() - begun) / 1000 };
}

export const milliseconds = async (work: () => Promise<unknown>): Promise<number> =>
  1000 * (await timed(work)).seconds;

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Durations in seconds; steps of an interrupted run keep their first duration. */
export interface Seconds {
  readonly prepare: number;
  /** 0 where the model was given. */
  readonly train: number;
  readonly test: number;
  /** By method. */
  readonly explain: Readonly<Record<string, number>>;
  /** By metric, over all methods. */
  readonly score: Readonly<Record<string, number>>;
}

export const sum = (parts: Readonly<Record<string, number>>): number =>
  Object.values(parts).reduce((a, b) => a + b, 0);
