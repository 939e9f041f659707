import { permutation, seededRandom } from '../../base/random.js';
import { cholesky, invertLower } from '../../tensor/cholesky.js';
import type { Features } from './features.js';

/** Second moments of the features over both classes. */
export interface Spread {
  readonly width: number;
  readonly mean: Float64Array;
  /** `[width, width]`. */
  readonly covariance: Float64Array;
}

export function spreadOf({ values, count, width }: Features): Spread {
  const mean = new Float64Array(width);
  for (let i = 0; i < values.length; i++) mean[i % width]! += values[i]! / count;
  const covariance = new Float64Array(width * width);
  const row = new Float64Array(width);
  for (let n = 0; n < count; n++) {
    for (let j = 0; j < width; j++) row[j] = values[n * width + j]! - mean[j]!;
    for (let j = 0; j < width; j++) {
      for (let k = 0; k <= j; k++) covariance[j * width + k]! += (row[j]! * row[k]!) / count;
    }
  }
  for (let j = 0; j < width; j++)
    for (let k = 0; k < j; k++) covariance[k * width + j] = covariance[j * width + k]!;
  return { width, mean, covariance };
}

/** Covariance of each feature with the class, coded as -1 and 1. */
export function withClass({ values, count, width }: Features, mean: Float64Array, labels: Uint8Array) {
  const found = new Float64Array(width);
  for (let n = 0; n < count; n++) {
    const z = (2 * labels[n]! - 1) / count;
    for (let j = 0; j < width; j++) found[j]! += z * (values[n * width + j]! - mean[j]!);
  }
  return found;
}

/** The inverse of a covariance; directions without variance are left out. */
export function precisionOf({ width, covariance }: Spread): Float64Array {
  const inverse = invertLower(cholesky(covariance, width), width);
  const precision = new Float64Array(width * width);
  for (let k = 0; k < width; k++) {
    for (let i = 0; i <= k; i++) {
      for (let j = 0; j <= k; j++)
        precision[i * width + j]! += inverse[k * width + i]! * inverse[k * width + j]!;
    }
  }
  return precision;
}

/** `matrix` `[n, n]` times `vector`. */
export function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  return vector.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += matrix[i * n + j]! * vector[j]!;
    return sum;
  });
}

/** The t of each weight of the least-squares prediction of the class from all features. */
export function weightT(
  precision: Float64Array,
  covariances: Float64Array,
  labels: Uint8Array,
): Float64Array {
  const n = covariances.length;
  const weights = times(precision, covariances);
  const share = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  const explained = weights.reduce((sum, w, j) => sum + w * covariances[j]!, 0);
  const residual = (4 * share * (1 - share) - explained) / Math.max(1, labels.length - n - 1);
  return weights.map((w, j) => {
    const error = residual * precision[j * n + j]!;
    return error > 0 ? w / Math.sqrt(error) : 0;
  });
}

/** Turns weights into the matrix `[n, n]` of the linear map from centred features to their Shapley values. */
export type ConditionalShapley = (weights: Float64Array) => Float64Array;

/**
 * Shapley values of a linear prediction where absent features take their expectation given the present
 * ones, for Gaussian features: linear in the features. Exact for up to four features, else over `pairs`
 * random orders and their reverses (Aas, Jullum, Løland 2021, doi:10.1016/j.artint.2021.103502; in one
 * order, the expectations are the partial sums of Cholesky's innovations).
 */
export function conditionalShapley({ width: n, covariance }: Spread, pairs = 32): ConditionalShapley {
  const orders = ordersOf(n, pairs).map((order) => {
    const own = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) own[i * n + j] = covariance[order[i]! * n + order[j]!]!;
    const lower = cholesky(own, n);
    return { order, lower, inverse: invertLower(lower, n) };
  });
  return (weights) => {
    const matrix = new Float64Array(n * n);
    for (const { order, lower, inverse } of orders) {
      for (let k = 0; k < n; k++) {
        let gain = 0;
        for (let i = k; i < n; i++)
          if (Number.isFinite(lower[i * n + k]!)) gain += lower[i * n + k]! * weights[order[i]!]!;
        const row = order[k]! * n;
        for (let j = 0; j <= k; j++) matrix[row + order[j]!]! += (gain * inverse[k * n + j]!) / orders.length;
      }
    }
    return matrix;
  };
}

function ordersOf(n: number, pairs: number): Uint32Array[] {
  if (n <= 4) return everyOrder([...Array(n).keys()]).map((order) => Uint32Array.from(order));
  const random = seededRandom('conditional-shapley');
  return Array.from({ length: pairs }, () => permutation(random, n)).flatMap((order) => [
    order,
    order.toReversed(),
  ]);
}

const everyOrder = (items: readonly number[]): number[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((first) =>
        everyOrder(items.filter((item) => item !== first)).map((rest) => [first, ...rest]),
      );

/** The standard deviation of each number that `matrix` makes of features of covariance `covariance`. */
export function deviations(matrix: Float64Array, { width: n, covariance }: Spread): Float64Array {
  return Float64Array.from({ length: n }, (_, j) => {
    const row = matrix.subarray(j * n, (j + 1) * n);
    const product = times(covariance, row);
    return Math.sqrt(
      Math.max(
        0,
        row.reduce((sum, value, i) => sum + value * product[i]!, 0),
      ),
    );
  });
}
