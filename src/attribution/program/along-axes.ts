import type { Builder } from '../../graph/builder.js';
import { sizeOf } from '../../tensor/tensor.js';

/**
 * Multiplies a value `[N, ..., ...from]` along each axis of its positions by a matrix `[to, from]`, which may
 * have leading axes `[N, 1]`: `[N, ..., to]`, of which the first axis and the last are right.
 */
export function alongAxes(
  { matMul, reshape, transpose }: Builder,
  value: string,
  from: readonly number[],
  to: readonly number[],
  matrices: readonly { readonly name: string; readonly rank: 2 | 4 }[],
): string {
  let made = value;
  for (const [axis, { name, rank }] of matrices.entries()) {
    const inner = sizeOf(from.slice(axis + 1));
    const isLast = axis === from.length - 1;
    // Along the last axis a product from the right has long rows.
    made = isLast
      ? matMul(
          reshape(made, [0, -1, to.at(-2)!, from[axis]!]),
          transpose(name, rank === 2 ? [1, 0] : [0, 1, 3, 2]),
        )
      : matMul(name, reshape(made, [0, -1, from[axis]!, inner]));
  }
  return made;
}
