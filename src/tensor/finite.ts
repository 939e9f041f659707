import type { Tensor, TypedArray } from './tensor.js';

/**
 * Where an array has values that are no number or infinite: how many and the first place; `undefined` where
 * none is.
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

/**
 * Nothing times zero is nothing but zero, unless it is no number or infinite: several times as fast as asking
 * each.
 */
function allFinite(data: Float32Array | Float64Array): boolean {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * 0;
  return sum === 0;
}
