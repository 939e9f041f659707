import type { RunContext } from '../../../base/run.js';
import type { ImageRecord } from '../../record.js';
import { type Decode, openSource, rawOf } from './source.js';

/** A grey image of at most 512 pixels on its longer side, values 0 to 255, with its original size. */
export interface Raster {
  readonly values: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly originalWidth: number;
  readonly originalHeight: number;
}

const LONGEST = 512;

/** Reads an image as a raster. Throws where it cannot be read. */
export async function readRaster(record: ImageRecord, decode: Decode, run: RunContext): Promise<Raster> {
  const source = await openSource(record, decode, run);
  const scale = Math.min(1, LONGEST / Math.max(source.width, source.height));
  const width = Math.max(1, Math.round(source.width * scale));
  const height = Math.max(1, Math.round(source.height * scale));
  const { values, depth } = await rawOf(source.open().resize(width, height, { fit: 'fill' }), 1, false);
  const grey = depth === 1 ? values : values.filter((_, i) => i % depth === 0);
  return {
    values: Uint8Array.from(grey),
    width,
    height,
    originalWidth: source.width,
    originalHeight: source.height,
  };
}
