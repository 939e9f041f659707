import type { Tensor, TypedArray } from './tensor.js';

/**
 * Describes the NaN and infinite values of an array: their number and the position of the first. `undefined`
 * where all values are finite.
 */
export function notFinite({ data, shape }: Tensor<TypedArray>): string | undefined {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return undefined;
  if (allFinite(data)) return undefined;
  const first = data.findIndex((value) => !Number.isFinite(value));
  let count = 0;
  for (let i = first; i < data.length; i++) if (!Number.isFinite(data[i])) count++;
  const place = shape.map((length, axis) => {
    const inner = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
    return Math.floor(first / inner) % length;
  });
  return `${count} of ${data.length} values are NaN or infinite, the first at [${place}]`;
}

/** `0 * x` is 0 unless `x` is NaN or infinite; several times as fast as testing each value. */
function allFinite(data: Float32Array | Float64Array): boolean {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * 0;
  return sum === 0;
}
