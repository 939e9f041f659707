import { createHash } from 'node:crypto';
import type { Rectangle } from '../../geometry/frame.js';
import { averaged } from './area.js';
import { DETAIL_SIDE, type Detail, detailOf } from './detail.js';
import { glyphsIn } from './glyphs.js';
import { type PerceptualHash, perceptualHash } from './hash.js';
import type { Raster } from './raster.js';

/** What the checks keep of an image's pixels: a few kilobytes. */
export interface Fingerprint {
  readonly width: number;
  readonly height: number;
  /** Equal for equal pictures, whatever their files. */
  readonly pixels: string;
  readonly hash: PerceptualHash;
  readonly detail: Detail;
  /** Shares of intensities in 64 equal steps from 0 to 1. */
  readonly histogram: Float32Array;
  readonly glyphs: readonly Rectangle[];
}

export function fingerprint(raster: Raster): Fingerprint {
  const { values, originalWidth, originalHeight } = raster;
  const size = `${originalWidth}x${originalHeight}`;
  return {
    width: originalWidth,
    height: originalHeight,
    pixels: createHash('sha256').update(size).update(values).digest('hex'),
    hash: perceptualHash(averaged(raster, 32)),
    detail: detailOf(averaged(raster, DETAIL_SIDE)),
    histogram: histogramOf(values),
    glyphs: glyphsIn(raster),
  };
}

function histogramOf(values: Uint8Array): Float32Array {
  const counts = new Float32Array(64);
  for (const value of values) counts[value >> 2]! += 1;
  return counts.map((count) => count / values.length);
}
