import type { Rectangle } from '../../geometry/frame.js';
import { type Print, printOf } from '../../prepare/pictures/print.js';
import type { Raster } from '../../prepare/pictures/raster.js';
import { glyphsIn } from './glyphs.js';

/** Per-image data for the checks that need pixels; a few kilobytes. */
export interface Fingerprint extends Print {
  /** Relative frequencies of intensities in 64 equal bins over [0, 1]. */
  readonly histogram: Float32Array;
  readonly glyphs: readonly Rectangle[];
}

export const fingerprint = (raster: Raster, keypoints: boolean): Fingerprint => ({
  ...printOf(raster, keypoints),
  histogram: histogramOf(raster.values),
  glyphs: glyphsIn(raster),
});

function histogramOf(values: Uint8Array): Float32Array {
  const counts = new Float32Array(64);
  for (const value of values) counts[value >> 2]! += 1;
  return counts.map((count) => count / values.length);
}
