import { inputError } from '../base/errors.js';
import { DIAGONAL, DIRECT, holes } from './holes.js';
import type { Stencil } from './stencil.js';

/** The usual tolerance, as a share of the largest value. */
const TOLERANCE = 1e-8;

/**
 * Writes an image `[C, H, W]` with its removed pixels (1) filled in. The error that is left is about
 * `tolerance` (its root mean square over the removed pixels).
 */
export type Imputer = (
  image: Float32Array,
  removed: ArrayLike<number>,
  into: Float32Array,
  tolerance?: number,
) => Float32Array;

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

/** The same for many images of one size, in the same memory. */
export function imputer(channels: number, height: number, width: number): Imputer {
  const area = height * width;
  const { system, known, solution, link, solve } = holes(height, width, channels);
  const { runs } = system;
  const there = new Float32Array(known.length);
  return (image, removed, into, tolerance) => {
    into.set(image);
    link(removed);
    if (runs.pixels === 0) return into;
    if (runs.pixels === area) return into.fill(0);
    place(image, system, there);
    bring(there, system, known);
    solve(tolerance ?? TOLERANCE * greatest(there));
    take(solution, system, into);
    return into;
  };
}

/** Writes the pixels that are there in the places of a system; 0 for the removed ones. */
function place(
  image: Float32Array,
  { height, width, stride, runs, diagonal }: Stencil,
  there: Float32Array,
): void {
  for (let plane = 0, from = 0; plane < there.length; plane += diagonal.length) {
    for (let y = 1; y <= height; y++) {
      const to = plane + y * stride + 1;
      for (let x = 0; x < width; x++) there[to + x] = image[from++]!;
    }
    for (let i = 0; i < runs.count; i++) there.fill(0, plane + runs.starts[i]!, plane + runs.ends[i]!);
  }
}

/** Writes what the pixels that are there bring to each removed one. */
function bring(there: Float32Array, { stride, runs, diagonal }: Stencil, known: Float64Array): void {
  for (let plane = 0; plane < known.length; plane += diagonal.length) {
    for (let i = 0; i < runs.count; i++) {
      const start = plane + runs.starts[i]!;
      const end = plane + runs.ends[i]!;
      let northWest = there[start - stride - 1]!;
      let north = there[start - stride]!;
      let southWest = there[start + stride - 1]!;
      let south = there[start + stride]!;
      for (let at = start; at < end; at++) {
        const northEast = there[at - stride + 1]!;
        const southEast = there[at + stride + 1]!;
        known[at] =
          DIRECT * (there[at - 1]! + there[at + 1]! + north + south) +
          DIAGONAL * (northWest + northEast + southWest + southEast);
        northWest = north;
        north = northEast;
        southWest = south;
        south = southEast;
      }
    }
  }
}

/** Writes the solution over the removed pixels of an image. */
function take(
  solution: Float64Array,
  { height, width, stride, runs, diagonal }: Stencil,
  into: Float32Array,
): void {
  for (let plane = 0, from = 0; plane < solution.length; plane += diagonal.length, from += height * width) {
    for (let i = 0; i < runs.count; i++) {
      const start = runs.starts[i]!;
      const y = Math.floor(start / stride) - 1;
      let p = from + y * width + (start % stride) - 1;
      for (let at = plane + start; at < plane + runs.ends[i]!; at++) into[p++] = solution[at]!;
    }
  }
}

const greatest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
