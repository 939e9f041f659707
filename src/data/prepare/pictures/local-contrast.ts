import { summed } from './part.js';

/** Pixels on each side of one that its local contrast depends on. */
export const RADIUS = 4;
/** Grey levels, of 256, that noise has. */
const NOISE = 3;
/** Steps of a standard deviation, in which the result counts. */
const STEPS = 16;

/**
 * The structure of a `side x side` picture of intensities from 0 to 255: how far each pixel lies from the
 * mean of the 9x9 pixels around it, in sixteenths of their standard deviation. Brightness, contrast, gamma
 * and equalisation, of the whole picture or of each place, hardly change it.
 */
export function localContrast(picture: ArrayLike<number>, side: number): Int8Array {
  const { sums } = summed(picture, side);
  const squares = summed(
    Float64Array.from(picture, (value) => value ** 2),
    side,
  ).sums;
  const row = side + 1;
  return Int8Array.from(picture, (value, i) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    const [left, right] = [Math.max(0, x - RADIUS), Math.min(side, x + RADIUS + 1)];
    const [top, bottom] = [Math.max(0, y - RADIUS) * row, Math.min(side, y + RADIUS + 1) * row];
    const meanOf = (of: Float64Array) =>
      (of[bottom + right]! - of[top + right]! - of[bottom + left]! + of[top + left]!) /
      (((bottom - top) / row) * (right - left));
    const mean = meanOf(sums);
    const variance = Math.max(0, meanOf(squares) - mean ** 2);
    const steps = (STEPS * (value - mean)) / Math.sqrt(variance + NOISE ** 2);
    return Math.round(Math.min(127, Math.max(-127, steps)));
  });
}
