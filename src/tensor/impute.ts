import { inputError } from '../base/errors.js';
import { DIAGONAL, DIRECT, holes } from './holes.js';

/** The usual tolerance, as a share of the largest value. */
const TOLERANCE = 1e-8;

/** Writes an image `[C, H, W]` with its removed pixels (1) filled in. */
export type Imputer = (image: Float32Array, removed: ArrayLike<number>, into: Float32Array) => Float32Array;

/**
 * Fills the `removed` pixels (1) of an image `[C, H, W]` with the weighted mean of their neighbours, so that
 * no edge shows which pixels were removed: Rong, Leemann, Borisov, Kasneci, Kasneci (2022), arXiv:2202.00449.
 * All pixels become 0 where all are removed.
 */
export function imputeLinear(
  image: Float32Array,
  height: number,
  width: number,
  removed: ArrayLike<number>,
): Float32Array {
  const area = height * width;
  if (removed.length !== area || image.length === 0 || image.length % area !== 0) {
    throw inputError(`${removed.length} marks and ${image.length} pixels are no image of ${height}x${width}`);
  }
  return imputer(image.length / area, height, width)(image, removed, new Float32Array(image.length));
}

/**
 * The same for many images of one size, in the same memory. The error that is left is about `tolerance` (its
 * root mean square over the removed pixels).
 */
export function imputer(channels: number, height: number, width: number, tolerance?: number): Imputer {
  const area = height * width;
  const { system, known, solution, link, solve } = holes(height, width, channels);
  const { stride, runs, diagonal } = system;
  const there = new Float32Array(known.length);
  return (image, removed, into) => {
    into.set(image);
    link(removed);
    if (runs.pixels === 0) return into;
    if (runs.pixels === area) return into.fill(0);
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) {
        const row = (c * height + y) * width;
        there.set(image.subarray(row, row + width), c * diagonal.length + (y + 1) * stride + 1);
      }
      for (let i = 0; i < runs.count; i++)
        there.fill(0, c * diagonal.length + runs.starts[i]!, c * diagonal.length + runs.ends[i]!);
    }
    for (let plane = 0; plane < known.length; plane += diagonal.length) {
      for (let i = 0; i < runs.count; i++) {
        for (let at = plane + runs.starts[i]!, end = plane + runs.ends[i]!; at < end; at++) {
          const above = at - stride;
          const under = at + stride;
          known[at] =
            DIRECT * (there[at - 1]! + there[at + 1]! + there[above]! + there[under]!) +
            DIAGONAL * (there[above - 1]! + there[above + 1]! + there[under - 1]! + there[under + 1]!);
        }
      }
    }
    solve(tolerance ?? TOLERANCE * greatest(there));
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < runs.count; i++) {
        const start = runs.starts[i]!;
        const y = Math.floor(start / stride) - 1;
        let p = c * area + y * width + (start % stride) - 1;
        for (let at = start; at < runs.ends[i]!; at++) into[p++] = solution[c * diagonal.length + at]!;
      }
    }
    return into;
  };
}

const greatest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
