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

/** Resamples images `[..., H, W]` by an affine map, with bilinear interpolation and edge padding. */
export function warp({ data, shape }: Tensor, [a, b, c, d, e, f]: Affine): Tensor {
  const [height, width] = shape.slice(-2) as [number, number];
  const [cx, cy, area] = [(width - 1) / 2, (height - 1) / 2, height * width];
  const out = new Float32Array(data.length);
  // Of one row of positions: where the four values begin, and how far the position lies from there.
  const from = new Int32Array(width);
  const [right, down] = [new Float64Array(width), new Float64Array(width)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = clamp(a * (x - cx) + b * (y - cy) + c + cx, width - 1);
      const v = clamp(d * (x - cx) + e * (y - cy) + f + cy, height - 1);
      const [left, top] = [Math.floor(u), Math.floor(v)];
      from[x] = top * width + left;
      right[x] = u - left;
      down[x] = v - top;
    }
    for (let plane = 0; plane < data.length; plane += area) {
      const row = plane + y * width;
      for (let x = 0; x < width; x++) {
        const at = plane + from[x]!;
        const fx = right[x]!;
        const fy = down[x]!;
        if (fx === 0 && fy === 0) {
          out[row + x] = data[at]!;
          continue;
        }
        const next = fx > 0 ? 1 : 0;
        const under = at + (fy > 0 ? width : 0);
        const above = data[at]! * (1 - fx) + data[at + next]! * fx;
        const below = data[under]! * (1 - fx) + data[under + next]! * fx;
        out[row + x] = above * (1 - fy) + below * fy;
      }
    }
  }
  return { data: out, shape };
}

const clamp = (position: number, last: number) => Math.min(last, Math.max(0, position));
