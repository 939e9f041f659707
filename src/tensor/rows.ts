import { concatenate, sizeOf, type Tensor } from './tensor.js';

/** The rows of a tensor as views; equal consecutive rows share one view. */
export function distinctRows({ data, shape }: Tensor): Float32Array[] {
  const size = sizeOf(shape.slice(1));
  const rows: Float32Array[] = [];
  for (let from = 0; from < data.length; from += size) {
    const row = data.subarray(from, from + size);
    const before = rows.at(-1);
    rows.push(before && Buffer.compare(bytes(before), bytes(row)) === 0 ? before : row);
  }
  return rows;
}

const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Stacks rows of one shape into a tensor `[N, ...shape]`. */
export const stacked = (rows: readonly Float32Array[], shape: readonly number[]): Tensor =>
  concatenate(rows.map((data) => ({ data, shape: [1, ...shape] })));

/** The sum of each row, in double precision. */
export function sumsOf({ data, shape }: Tensor): number[] {
  const size = sizeOf(shape.slice(1));
  return Array.from({ length: shape[0]! }, (_, row) => {
    let total = 0;
    for (let i = row * size; i < (row + 1) * size; i++) total += data[i]!;
    return total;
  });
}
