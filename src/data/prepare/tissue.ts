import { pooled } from '../../base/pool.js';
import { checkpoint, isStopped, type RunContext } from '../../base/run.js';
import type { Archive, ImageRecord } from '../record.js';
import type { Tissue } from '../reformulate/index.js';
import { packBits } from './evidencemask.js';
import { outerAir } from './pictures/outer-air.js';
import { readRaster } from './pictures/raster.js';
import type { Decode } from './pictures/source.js';

/** Largest intensity, of 256, that counts as black, and smallest that counts as white. */
const BLACK = 16;
const WHITE = 240;

interface Seen {
  readonly width: number;
  readonly height: number;
  /** Raster pixels per original pixel. */
  readonly scale: number;
  /** Eight pixels per byte. */
  readonly bits: Uint8Array;
}

/**
 * Reads every image once, at reduced size. Returns a function that gives the share of a window that is
 * neither black nor white, nor the bare ground of a stained slide, nor air around the body in a CT slice.
 */
export async function tissueOf(
  { records }: Archive,
  decode: Decode,
  parallel: number,
  run: RunContext,
): Promise<Tissue> {
  const seen = new Map<ImageRecord, Seen>();
  const step = run.progress.start('looking for tissue', records.length);
  await pooled(records, parallel, async (record) => {
    await checkpoint(run);
    try {
      const { values, width, height, originalWidth, air, ground } = await readRaster(record, decode, run);
      const bare = ground?.();
      const isAir = air === undefined ? undefined : outerAir(values, width, height, air);
      const data = values.map((value, i) =>
        value > BLACK && value < WHITE && !isAir?.[i] && !bare?.[i] ? 1 : 0,
      );
      const bits = new Uint8Array(Math.ceil(data.length / 8));
      packBits({ data, shape: [height, width] }, bits);
      seen.set(record, { width, height, scale: width / originalWidth, bits });
    } catch (error) {
      // Preparation reports unreadable images.
      if (isStopped(error)) throw error;
    }
    step.advance();
  });
  step.done();
  return (record, { x, y, width, height }) => {
    const found = seen.get(record);
    if (found === undefined) return undefined;
    const [left, top] = [Math.floor(x * found.scale), Math.floor(y * found.scale)];
    const right = Math.min(found.width, Math.max(left + 1, Math.round((x + width) * found.scale)));
    const bottom = Math.min(found.height, Math.max(top + 1, Math.round((y + height) * found.scale)));
    let count = 0;
    for (let v = top; v < bottom; v++) {
      for (let u = left; u < right; u++) {
        const i = v * found.width + u;
        count += (found.bits[i >> 3]! >> (7 - (i & 7))) & 1;
      }
    }
    return count / ((right - left) * (bottom - top));
  };
}
