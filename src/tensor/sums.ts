import { sizeOf, type Tensor } from './tensor.js';

/** The sum of each row, in double precision. */
export function sumsOf({ data, shape }: Tensor): number[] {
  const size = sizeOf(shape.slice(1));
  return Array.from({ length: shape[0]! }, (_, row) => {
    let total = 0;
    for (let i = row * size; i < (row + 1) * size; i++) total += data[i]!;
    return total;
  });
}
