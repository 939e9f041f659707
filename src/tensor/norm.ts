import type { Floats, Tensor } from './tensor.js';

/** The Euclidean norm of any number of values. */
export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum);
}

/** The Euclidean distance of two arrays of one shape. */
export const distance = (a: Tensor<Floats>, b: Tensor<Floats>): number =>
  norm(Float64Array.from(a.data, (v, i) => v - b.data[i]!));
