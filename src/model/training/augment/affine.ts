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
export function warp({ data, shape }: Tensor, map: Affine): Tensor {
  const [height, width] = shape.slice(-2) as [number, number];
  const out = new Float32Array(data.length);
  const row = emptyRow(width);
  for (let y = 0; y < height; y++) {
    place(row, map, y, height);
    for (let plane = 0; plane < data.length; plane += height * width)
      interpolate(data, plane, row, out.subarray(plane + y * width, plane + (y + 1) * width));
  }
  return { data: out, shape };
}

/** Where a row of positions lies in the image that it is read from. */
interface Row {
  /** The place of the value up and to the left, and how far it is to those beside and under it. */
  readonly at: Int32Array;
  readonly beside: Uint8Array;
  readonly under: Int32Array;
  /** How far a position lies to the right of that value and under it, in pixels. */
  readonly right: Float64Array;
  readonly down: Float64Array;
  /** Whether all positions are those of pixels. */
  whole: boolean;
}

const emptyRow = (width: number): Row => ({
  at: new Int32Array(width),
  beside: new Uint8Array(width),
  under: new Int32Array(width),
  right: new Float64Array(width),
  down: new Float64Array(width),
  whole: true,
});

function place(row: Row, [a, b, c, d, e, f]: Affine, y: number, height: number): void {
  const { at, beside, under, right, down } = row;
  const width = at.length;
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  row.whole = true;
  for (let x = 0; x < width; x++) {
    const u = clamp(a * (x - cx) + b * (y - cy) + c + cx, width - 1);
    const v = clamp(d * (x - cx) + e * (y - cy) + f + cy, height - 1);
    const [left, top] = [Math.floor(u), Math.floor(v)];
    at[x] = top * width + left;
    right[x] = u - left;
    down[x] = v - top;
    beside[x] = u > left ? 1 : 0;
    under[x] = v > top ? width : 0;
    if (u > left || v > top) row.whole = false;
  }
}

function interpolate(data: Float32Array, plane: number, row: Row, out: Float32Array): void {
  const { at, beside, under, right, down, whole } = row;
  if (whole) {
    for (let x = 0; x < out.length; x++) out[x] = data[plane + at[x]!]!;
    return;
  }
  for (let x = 0; x < out.length; x++) {
    const first = plane + at[x]!;
    const second = first + under[x]!;
    const fx = right[x]!;
    const above = data[first]! * (1 - fx) + data[first + beside[x]!]! * fx;
    const below = data[second]! * (1 - fx) + data[second + beside[x]!]! * fx;
    out[x] = above * (1 - down[x]!) + below * down[x]!;
  }
}

const clamp = (position: number, last: number) => Math.min(last, Math.max(0, position));
