import { inputError } from '../base/errors.js';

/**
 * The value below which the part `at` (0 to 1) of `values` lies, linearly between the two nearest in order:
 * the R-7 definition of Hyndman & Fan (1996), doi:10.2307/2684934.
 */
export function quantile(values: ArrayLike<number>, at: number): number {
  if (values.length === 0) throw inputError('there is no quantile of no values');
  if (!(at >= 0 && at <= 1)) throw inputError(`a quantile lies between 0 and 1; ${at} does not`);
  return quantileSorted(Float64Array.from(values).sort(), at);
}

/** The same of values in ascending order. */
export function quantileSorted(sorted: ArrayLike<number>, at: number): number {
  const position = (sorted.length - 1) * at;
  const low = Math.floor(position);
  const below = sorted[low]!;
  const above = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return below + (above - below) * (position - low);
}

/** The least and the greatest value; NaN where there is one. */
export function extent(values: ArrayLike<number>): { readonly low: number; readonly high: number } {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  return { low, high };
}
