import { imputeLinear } from '../../tensor/impute.js';
import type { Pixels } from './pixels.js';

/**
 * Writes the image with its `removed` pixels (1) filled in from those that are left (linear imputation); 0
 * where none is left.
 */
export function inpaint(pixels: Pixels, removed: Uint8Array, into: Float32Array): void {
  const { values, height, width, channels, at } = pixels;
  for (let c = 0; c < channels; c++) {
    const plane = Float32Array.from(removed, (_, p) => values[at(p, c)]!);
    const filled = imputeLinear(plane, height, width, removed);
    for (let p = 0; p < filled.length; p++) into[at(p, c)] = filled[p]!;
  }
}
