import { inputError } from '../base/errors.js';
import { multigrid, type Stencil } from './multigrid.js';

/** Weights of a pixel's neighbours: direct neighbours weigh twice as much as diagonal ones. */
const [DIRECT, DIAGONAL] = [1 / 6, 1 / 12];

/** The usual tolerance, as a share of the largest value. */
const TOLERANCE = 1e-7;

/** Fills the removed pixels (1) of an image `[C, H, W]`. */
export type Imputer = (image: Float32Array, removed: ArrayLike<number>) => Float32Array;

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
  return imputer(image.length / area, height, width)(image, removed);
}

/**
 * The same for many images of one size, in the same memory. The last step of the solution changes no pixel by
 * more than `tolerance`; the error that it leaves is smaller.
 */
export function imputer(channels: number, height: number, width: number, tolerance?: number): Imputer {
  const area = height * width;
  const { system, known, solution, clear, solve } = multigrid(height, width, channels);
  const { stride, pixels, diagonal } = system;
  const size = diagonal.length;
  const left = new Float64Array(known.length);
  return (image, removed) => {
    const out = image.slice();
    let largest = 0;
    for (let c = 0; c < channels; c++) {
      for (let y = 0, p = 0; y < height; y++) {
        for (let at = c * size + (y + 1) * stride + 1, end = at + width; at < end; at++, p++) {
          const value = removed[p] === 0 ? image[c * area + p]! : 0;
          left[at] = value;
          largest = Math.max(largest, Math.abs(value));
        }
      }
    }
    clear();
    link(system, removed, height, width);
    if (system.count === area) return out.fill(0);
    for (let i = 0; i < system.count; i++) {
      for (let at = pixels[i]!; at < known.length; at += size) {
        const above = at - stride;
        const under = at + stride;
        known[at] =
          DIRECT * (left[at - 1]! + left[at + 1]! + left[above]! + left[under]!) +
          DIAGONAL * (left[above - 1]! + left[above + 1]! + left[under - 1]! + left[under + 1]!);
      }
    }
    solve(tolerance ?? TOLERANCE * largest);
    for (let i = 0, p = 0; i < system.count; i++, p++) {
      while (removed[p] === 0) p++;
      for (let c = 0; c < channels; c++) out[c * area + p] = solution[c * size + pixels[i]!]!;
    }
    return out;
  };
}

/** Each removed pixel times the weights of its neighbours, less the removed ones among them. */
function link(system: Stencil, removed: ArrayLike<number>, height: number, width: number): void {
  const { stride, pixels, diagonal, right, below, belowRight, belowLeft } = system;
  for (let y = 0; y < height; y++) {
    const rows = +(y > 0) + +(y + 1 < height);
    for (let x = 0; x < width; x++) {
      if (removed[y * width + x] === 0) continue;
      const at = (y + 1) * stride + x + 1;
      const columns = +(x > 0) + +(x + 1 < width);
      pixels[system.count++] = at;
      diagonal[at] = DIRECT * (rows + columns) + DIAGONAL * rows * columns;
    }
  }
  for (let i = 0; i < system.count; i++) {
    const at = pixels[i]!;
    if (diagonal[at + 1]! > 0) right[at] = DIRECT;
    if (diagonal[at + stride]! > 0) below[at] = DIRECT;
    if (diagonal[at + stride + 1]! > 0) belowRight[at] = DIAGONAL;
    if (diagonal[at + stride - 1]! > 0) belowLeft[at] = DIAGONAL;
  }
}
