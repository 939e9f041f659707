import { around } from './around.js';

/** Pixels on each side of one that its local contrast depends on. */
export const RADIUS = 4;
/** Grey levels, of 256, that noise has. */
export const NOISE = 3;
/** Steps of a standard deviation, in which the result counts. */
const STEPS = 16;

/**
 * The structure of a `side x side` picture of intensities from 0 to 255: how far each pixel lies from the
 * mean of the 9x9 pixels around it, in sixteenths of their standard deviation. Brightness, contrast, gamma
 * and equalisation, of the whole picture or of each place, hardly change it.
 */
export function localContrast(picture: ArrayLike<number>, side: number): Int8Array {
  const at = around(picture, side);
  return Int8Array.from(picture, (value, i) => {
    const { mean, variance } = at(i, RADIUS);
    const steps = (STEPS * (value - mean)) / Math.sqrt(variance + NOISE ** 2);
    return Math.round(Math.min(127, Math.max(-127, steps)));
  });
}
