import { inputError } from '../base/errors.js';

/**
 * The `at` quantile (0 to 1) of `values`, by linear interpolation between order statistics: the R-7
 * definition of Hyndman & Fan (1996), doi:10.2307/2684934.
 */
export function quantile(values: ArrayLike<number>, at: number): number {
  if (values.length === 0) throw inputError('there is no quantile of no values');
  if (!(at >= 0 && at <= 1)) throw inputError(`a quantile lies between 0 and 1; ${at} does not`);
  return quantileSorted(Float64Array.from(values).sort(), at);
}

/** The quantile of values that are already in ascending order. */
export function quantileSorted(sorted: ArrayLike<number>, at: number): number {
  const position = (sorted.length - 1) * at;
  const low = Math.floor(position);
  const below = sorted[low]!;
  const above = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return below + (above - below) * (position - low);
}

/** The smallest and the largest value; NaN where a value is NaN. */
export function extent(values: ArrayLike<number>): { readonly low: number; readonly high: number } {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) return { low: value, high: value };
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}
