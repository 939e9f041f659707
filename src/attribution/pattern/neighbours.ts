import { quantile } from '../../tensor/quantile.js';

/** The neighbours of a point and their weights, which sum to 1. */
export interface Neighbours {
  readonly indices: readonly number[];
  readonly weights: Float64Array;
}

/** The nearest share of the points, weighted by a Gaussian kernel of their distances; ties by index. */
export function neighboursOf(
  point: Float64Array,
  points: readonly Float64Array[],
  share: number,
): Neighbours {
  const count = Math.max(1, Math.floor(share * points.length));
  const distances = points.map((other) => {
    let sum = 0;
    for (let i = 0; i < point.length; i++) sum += (other[i]! - point[i]!) ** 2;
    return Math.sqrt(sum);
  });
  const indices = [...points.keys()].sort((a, b) => distances[a]! - distances[b]! || a - b).slice(0, count);
  const bandwidth = quantile(
    indices.map((i) => distances[i]!),
    0.5,
  );
  const kernel = Float64Array.from(indices, (i) =>
    bandwidth === 0 ? 1 : Math.exp(-((distances[i]! / bandwidth) ** 2) / 2),
  );
  const total = kernel.reduce((a, b) => a + b, 0);
  return { indices, weights: kernel.map((value) => value / total) };
}

/**
 * C w for the weighted covariance C of the neighbours, shrunk towards a multiple of the identity:
 * (1 - g) C + g tr(C) / p I. C itself, which may be large, is not made.
 */
export function covarianceTimes(
  points: readonly Float64Array[],
  { indices, weights }: Neighbours,
  w: Float64Array,
  shrinkage: number,
): Float64Array {
  const size = w.length;
  const mean = new Float64Array(size);
  for (const [k, i] of indices.entries())
    for (let p = 0; p < size; p++) mean[p]! += weights[k]! * points[i]![p]!;
  const product = new Float64Array(size);
  let trace = 0;
  for (const [k, i] of indices.entries()) {
    const point = points[i]!;
    let along = 0;
    for (let p = 0; p < size; p++) along += (point[p]! - mean[p]!) * w[p]!;
    for (let p = 0; p < size; p++) {
      const off = point[p]! - mean[p]!;
      product[p]! += weights[k]! * along * off;
      trace += weights[k]! * off * off;
    }
  }
  return product.map((value, p) => (1 - shrinkage) * value + (shrinkage * trace * w[p]!) / size);
}
