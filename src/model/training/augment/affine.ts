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
  const [cx, cy, area] = [(width - 1) / 2, (height - 1) / 2, height * width];
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = clamp(a * (x - cx) + b * (y - cy) + c + cx, width - 1);
      const v = clamp(d * (x - cx) + e * (y - cy) + f + cy, height - 1);
      const left = Math.floor(u);
      const top = Math.floor(v);
      const fx = u - left;
      const fy = v - top;
      const right = left + 1 < width ? 1 : 0;
      const bottom = top + 1 < height ? width : 0;
      for (let channel = 0; channel < channels; channel++) {
        const at = channel * area + top * width + left;
        if (fx === 0 && fy === 0) {
          out[channel * area + y * width + x] = data[at]!;
          continue;
        }
        const above = data[at]! * (1 - fx) + data[at + right]! * fx;
        const below = data[at + bottom]! * (1 - fx) + data[at + bottom + right]! * fx;
        out[channel * area + y * width + x] = above * (1 - fy) + below * fy;
      }
    }
  }
  return { data: out, shape };
}

const clamp = (position: number, last: number) => Math.min(last, Math.max(0, position));
