import { seededRandom } from '../base/random.js';
import { quantile } from '../tensor/quantile.js';
import { normalCdf, normalQuantile } from './distributions.js';
import { areEnough, byPatient, type Observation } from './patients.js';

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface Bootstrap {
  /** Number of resamples. */
  readonly resamples?: number;
  /** Confidence level. */
  readonly level?: number;
  readonly seed?: number;
  /** `percentile`, or `bca`: corrected for bias and acceleration (Efron 1987, doi:10.2307/2289144). */
  readonly interval?: 'percentile' | 'bca';
}

/**
 * The mean and its bootstrap confidence interval (Efron 1979, doi:10.1214/aos/1176344552). Resamples patients
 * with all their images, since images of one patient are not independent. The ends are `NaN` where there are
 * too few patients (`areEnough`: fewer than four at 95 %), or a value is no number.
 */
export function clusterBootstrap(
  observations: readonly Observation[],
  { resamples = 2000, level = 0.95, seed = 0, interval = 'percentile' }: Bootstrap = {},
): Interval {
  const clusters = byPatient(observations);
  const total = clusters.reduce((a, c) => ({ sum: a.sum + c.sum, count: a.count + c.count }), {
    sum: 0,
    count: 0,
  });
  const own = total.sum / total.count;
  if (!areEnough(clusters.length, level) || Number.isNaN(own))
    return { mean: own, low: Number.NaN, high: Number.NaN };
  const random = seededRandom(`bootstrap/${seed}`);
  const means = Float64Array.from({ length: resamples }, () => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < clusters.length; i++) {
      const drawn = clusters[random.below(clusters.length)]!;
      sum += drawn.sum;
      count += drawn.count;
    }
    return sum / count;
  });
  const without = clusters.map(({ sum, count }) => (total.sum - sum) / (total.count - count));
  const tails = [(1 - level) / 2, (1 + level) / 2] as const;
  const [low, high] = interval === 'percentile' ? tails : bcaTails(tails, means, own, without);
  return { mean: own, low: quantile(means, low), high: quantile(means, high) };
}

/**
 * The quantiles of resampled statistics that bound the BCa interval, from the statistic's own value and its
 * values with each subject left out. The tails themselves where nothing varies.
 */
export function bcaTails(
  tails: readonly [number, number],
  resampled: Float64Array,
  own: number,
  leftOut: readonly number[],
): readonly [number, number] {
  const below = resampled.reduce((count, value) => count + (value < own ? 1 : value === own ? 0.5 : 0), 0);
  const bias = normalQuantile(below / resampled.length);
  const centre = mean(leftOut);
  const squares = leftOut.reduce((sum, value) => sum + (centre - value) ** 2, 0);
  const cubes = leftOut.reduce((sum, value) => sum + (centre - value) ** 3, 0);
  const acceleration = squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
  if (!Number.isFinite(bias)) return tails;
  const [low, high] = tails.map((tail) => {
    const z = bias + normalQuantile(tail);
    return normalCdf(bias + z / (1 - acceleration * z));
  });
  return [low!, high!];
}

/** The arithmetic mean; `NaN` of no values. */
export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
