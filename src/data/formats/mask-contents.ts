import { SightlineError } from '../../base/errors.js';
import { readBytes } from '../../base/files.js';
import { isStopped } from '../../base/run.js';
import { decodeFile } from '../decode/file.js';
import { isLossy } from '../decode/lossy.js';

/** What the pixels of a file may be of; a picture of one value may be of either, and so is `blank`. */
export type Contents = 'mask' | 'blank' | 'other';

/** A mask or label map has at most so many values beside the smoothed edges of what it marks. */
const VALUES = 8;
/** From this share of its pixels on, these few values make a mask of a picture. */
const MOST = 0.95;
/** The values of a lossy file, from 0 to its greatest, are counted in so many steps. */
const STEPS = 8;

/** Whether a file holds few values, as a mask or a label map does. What cannot be read is `other`. */
export async function contentsOf(path: string): Promise<Contents> {
  try {
    const { pixels, frames } = await decodeFile(path, { raw: true });
    if (frames > 1) return 'other';
    return contentsOfPixels(pixels.data, pixels.shape[2] ?? 1, isLossy(await readBytes(path)));
  } catch (error) {
    if (isStopped(error) || !(error instanceof SightlineError)) throw error;
    return 'other';
  }
}

function contentsOfPixels(data: ArrayLike<number>, channels: number, wasLossy: boolean): Contents {
  let high = 0;
  for (let i = 0; i < data.length; i++) high = Math.max(high, data[i]!);
  const counts = new Map<number, number>();
  for (let i = 0; i < data.length; i += channels) {
    let value = 0;
    for (let c = 0; c < channels; c++) value = Math.max(value, data[i + c]!);
    const kind = wasLossy ? Math.round((STEPS * value) / Math.max(high, 1)) : value;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  if (counts.size === 1) return 'blank';
  const few = wasLossy
    ? [counts.get(0) ?? 0, counts.get(STEPS) ?? 0]
    : [...counts.values()].sort((a, b) => b - a).slice(0, VALUES);
  const share = (few.reduce((sum, count) => sum + count, 0) * channels) / data.length;
  return few.every((count) => count > 0) && share >= MOST ? 'mask' : 'other';
}
