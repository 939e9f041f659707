import { quantile } from '../../tensor/quantile.js';
import type { Features } from './features.js';

/** Student's t of the difference between the means of class 1 and class 0 (pooled variance). */
export function studentT(values: ArrayLike<number>, labels: Uint8Array): number {
  const counts = [0, 0];
  const sums = [0, 0];
  for (let n = 0; n < labels.length; n++) {
    counts[labels[n]!]!++;
    sums[labels[n]!]! += values[n]!;
  }
  const means = [sums[0]! / counts[0]!, sums[1]! / counts[1]!];
  let squares = 0;
  for (let n = 0; n < labels.length; n++) squares += (values[n]! - means[labels[n]!]!) ** 2;
  const error = (squares / (labels.length - 2)) * (1 / counts[0]! + 1 / counts[1]!);
  return error > 0 ? (means[1]! - means[0]!) / Math.sqrt(error) : 0;
}

/** The t of Levene's test about the medians of the classes; its square is the usual statistic. */
export function leveneT(values: Float64Array, labels: Uint8Array): number {
  const medians = [0, 1].map((label) =>
    quantile(
      values.filter((_, n) => labels[n] === label),
      0.5,
    ),
  );
  return studentT(
    values.map((value, n) => Math.abs(value - medians[labels[n]!]!)),
    labels,
  );
}

export const columnOf = ({ values, count, width }: Features, j: number): Float64Array =>
  Float64Array.from({ length: count }, (_, n) => values[n * width + j]!);

/**
 * For each feature the greatest magnitude, over all other features, of the t of the difference between the
 * classes' covariances of both: what a pair of features says beyond the mean and the spread of each.
 */
export function greatestPairT({ values, count, width }: Features, labels: Uint8Array): Float64Array {
  const means = [new Float64Array(width), new Float64Array(width)];
  const counts = [0, 0];
  for (let n = 0; n < count; n++) {
    counts[labels[n]!]!++;
    for (let j = 0; j < width; j++) means[labels[n]!]![j]! += values[n * width + j]!;
  }
  for (const label of [0, 1]) for (let j = 0; j < width; j++) means[label]![j]! /= counts[label]!;
  const sums = [new Float64Array(width * width), new Float64Array(width * width)];
  const squares = new Float64Array(width * width);
  const row = new Float64Array(width);
  for (let n = 0; n < count; n++) {
    const [mean, sum] = [means[labels[n]!]!, sums[labels[n]!]!];
    for (let j = 0; j < width; j++) row[j] = values[n * width + j]! - mean[j]!;
    for (let j = 0; j < width; j++) {
      for (let k = 0; k < j; k++) {
        const product = row[j]! * row[k]!;
        sum[j * width + k]! += product;
        squares[j * width + k]! += product * product;
      }
    }
  }
  const greatest = new Float64Array(width);
  for (let j = 0; j < width; j++) {
    for (let k = 0; k < j; k++) {
      const [a, b] = [sums[0]![j * width + k]!, sums[1]![j * width + k]!];
      const within = squares[j * width + k]! - (a * a) / counts[0]! - (b * b) / counts[1]!;
      const error = (within / (count - 2)) * (1 / counts[0]! + 1 / counts[1]!);
      const t = error > 0 ? Math.abs(b / counts[1]! - a / counts[0]!) / Math.sqrt(error) : 0;
      greatest[j] = Math.max(greatest[j]!, t);
      greatest[k] = Math.max(greatest[k]!, t);
    }
  }
  return greatest;
}
