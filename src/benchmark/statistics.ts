import { seededRandom } from '../base/random.js';
import { quantile } from '../tensor/quantile.js';
import { byPatient, type Observation } from './patients.js';

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The mean and its percentile bootstrap confidence interval (Efron 1979). Resamples patients with all their
 * images, since images of one patient are not independent.
 */
export function clusterBootstrap(
  observations: readonly Observation[],
  { resamples = 2000, level = 0.95, seed = 0 }: { resamples?: number; level?: number; seed?: number } = {},
): Interval {
  const clusters = byPatient(observations);
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
  const total = clusters.reduce((a, c) => ({ sum: a.sum + c.sum, count: a.count + c.count }), {
    sum: 0,
    count: 0,
  });
  const tail = (1 - level) / 2;
  return { mean: total.sum / total.count, low: quantile(means, tail), high: quantile(means, 1 - tail) };
}

/** The arithmetic mean; `NaN` of no values. */
export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
