import { quantile } from '../../tensor/quantile.js';
import { resizeCubic } from '../../tensor/resize.js';
import type { Tensor } from '../../tensor/tensor.js';

/** A box `[x, y, width, height]` in pixels. */
export type PixelBox = readonly [x: number, y: number, width: number, height: number];

/**
 * The box `[x, y, width, height]` around the pixels of a map `[h, w]`, enlarged by cubic convolution to
 * `[height, width]`, that reach its 95th percentile (Chen et al. 2019, arXiv:1806.10574). One box surrounds
 * them all, where they are apart as well.
 */
export function activationBox(map: Tensor, height: number, width: number, at = 0.95): PixelBox {
  const large = resizeCubic(map, height, width);
  const least = quantile(large.data, at);
  return boxAround(large, (value) => value >= least);
}

/** The box around the pixels of `[H, W]` whose value is inside; its size is negative where none is. */
export function boxAround({ data, shape }: Tensor, inside: (value: number) => boolean): PixelBox {
  const [height, width] = shape as [number, number];
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (const [i, value] of data.entries()) {
    if (!inside(value)) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
  }
  return [left, top, right - left, bottom - top];
}
