import type { Random } from '../../../base/random.js';
import type { Tensor } from '../../../tensor/tensor.js';

/**
 * The affine map from output to input positions, in pixels from the image's centre: output position (x, y)
 * takes the value at (a x + b y + c, d x + e y + f).
 */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** A random transformation of a training image that does not change its class. */
export type Augmentation = {
  readonly name: string;
  readonly doc: string;
  /** The default strength. */
  readonly strength: number;
} & (
  | {
      readonly kind: 'geometric';
      matrix(random: Random, strength: number, size: { width: number; height: number }): Affine;
    }
  | { readonly kind: 'intensity'; apply(image: Tensor, random: Random, strength: number): Tensor }
);

export const identity: Affine = [1, 0, 0, 0, 1, 0];

/** The composition x -> inner(outer(x)). */
export function compose(inner: Affine, outer: Affine): Affine {
  const [a, b, c, d, e, f] = inner;
  const [p, q, r, s, t, u] = outer;
  return [a * p + b * s, a * q + b * t, a * r + b * u + c, d * p + e * s, d * q + e * t, d * r + e * u + f];
}

/** Resamples an image `[C, H, W]` by an affine map, with bilinear interpolation and edge padding. */
export function warp({ data, shape }: Tensor, [a, b, c, d, e, f]: Affine): Tensor {
  const [channels, height, width] = shape as [number, number, number];
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = clamp(a * (x - cx) + b * (y - cy) + c + cx, width - 1);
      const v = clamp(d * (x - cx) + e * (y - cy) + f + cy, height - 1);
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
      const [fx, fy] = [u - left, v - top];
      for (let channel = 0; channel < channels; channel++) {
        const plane = channel * height * width;
        const at = (row: number, column: number) => data[plane + row * width + column]!;
        const above = at(top, left) * (1 - fx) + at(top, right) * fx;
        const below = at(bottom, left) * (1 - fx) + at(bottom, right) * fx;
        out[plane + y * width + x] = above * (1 - fy) + below * fy;
      }
    }
  }
  return { data: out, shape };
}

const clamp = (position: number, last: number) => Math.min(last, Math.max(0, position));
