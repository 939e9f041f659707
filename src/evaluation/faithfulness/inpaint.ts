import { imputer } from '../../tensor/impute.js';
import type { Pixels } from './pixels.js';

/**
 * Writes an image with its removed pixels (1) filled in from those that are left (linear imputation); 0 where
 * none is left. The error that is left is about `tolerance`.
 */
export function inpainter(
  { values, height, width, channels }: Pixels,
  tolerance?: number,
): (removed: Uint8Array, into: Float32Array) => void {
  const impute = imputer(channels, height, width, tolerance);
  return (removed, into) => impute(values, removed, into);
}
