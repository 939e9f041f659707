import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { inputError, unsupported } from '../../base/errors.js';
import { readBytes } from '../../base/files.js';
import { tensor } from '../../tensor/tensor.js';
import { decodeFile } from '../decode/file.js';
import type { StoredArray } from '../decode/image/decoded.js';
import { isLossy } from '../decode/lossy.js';
import { negativeOf, transparencyOf } from '../decode/picture.js';
import { greyFactor, paletteIndices } from '../decode/png.js';
import { type Colour, colourOf } from './colour.js';
import type { Mask } from './mask.js';
import { checkTwoValues } from './two-values.js';

/** Noise of lossy compression: the mask is empty where no value exceeds this. */
const NOISE = 32;

/**
 * Reads a mask file of any bit depth at its own size: pixels of at least half of its maximum. A black file
 * gives an empty mask. Throws `input` where the file cannot be read, and `unsupported` where what it marks is
 * not certain: several pages, a mask of transparency, a label map, a picture, or values that are negative or
 * not finite.
 */
export const readMask = async (path: string): Promise<Mask> => (await readMarked(path)).mask;

/** A mask with its maximum and the colour of what it marks. */
export interface Marked {
  readonly mask: Mask;
  /** Whether more of it lies half-way between dark and bright than is bright. */
  readonly isSoft: boolean;
  /** Pixels that are neither 0 nor the greatest value, up to the noise of lossy compression. */
  readonly between: number;
  /** The greatest value as it is stored. */
  readonly high: number;
  readonly colour: Colour;
}

/** The same, with its maximum and its colour. */
export async function readMarked(path: string): Promise<Marked> {
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    throw inputError('the mask file of this image is missing', cause);
  }
  const { pixels, frames, negative } = await decodeFile(path, { raw: true });
  if (frames > 1)
    throw unsupported(
      `the mask holds ${frames} pages or frames; a file of one picture for each mask is read`,
    );
  const [height, width, channels = 1] = pixels.shape as [number, number, number?];
  const shown = negative === true && isUnsigned(pixels.data) ? negativeOf(pixels.data) : pixels.data;
  const values = brightestOf(shown, channels);
  const { low, high } = bounds(values);
  if (!(low >= 0 && high < Number.POSITIVE_INFINITY)) {
    throw unsupported(
      'the mask holds values that are negative or not finite; one of 0 and one positive value is read',
    );
  }
  const transparency = low === high ? await transparencyOf(path) : 'none';
  // Black of which nothing is seen marks nothing, whether colour or transparency marks.
  if (transparency === 'different' || (transparency === 'alike' && high > 0)) {
    throw unsupported(
      'the mask has one colour and marks by its transparency; write it in black and white without transparency',
    );
  }
  const bytes = await readBytes(path);
  const [wasLossy, factor] = [isLossy(bytes), greyFactor(bytes)];
  const stored = { isLossy: wasLossy, factor, numbersOf: () => paletteIndices(bytes) };
  if (low < high) checkTwoValues(shown, values, width, high, stored);
  const mask = new Uint8Array(height * width);
  if (high > (wasLossy ? NOISE : 0))
    for (let i = 0; i < mask.length; i++) mask[i] = 2 * values[i]! >= high ? 1 : 0;
  const marked = tensor(mask, [height, width]);
  return {
    mask: marked,
    isSoft: isSoft(values, high),
    between: betweenIn(values, high, wasLossy ? NOISE : 0),
    high: high / factor,
    colour: colourOf(shown, mask),
  };
}

const isUnsigned = (data: StoredArray): boolean =>
  data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Uint32Array;

function isSoft(values: Float64Array, high: number): boolean {
  const above = (share: number) => values.reduce((sum, v) => (v > share * high ? sum + 1 : sum), 0);
  return above(0.25) > 2 * above(0.75);
}

const betweenIn = (values: Float64Array, high: number, noise: number): number =>
  values.reduce((sum, v) => (v > noise && v < high - noise ? sum + 1 : sum), 0);

/** The largest of each pixel's channels. */
function brightestOf(data: ArrayLike<number>, channels: number): Float64Array {
  const values = new Float64Array(data.length / channels);
  for (let i = 0; i < values.length; i++) {
    let most = data[i * channels]!;
    for (let c = 1; c < channels; c++) most = Math.max(most, data[i * channels + c]!);
    values[i] = most;
  }
  return values;
}

/** The least and the greatest value, NaN where one is. */
function bounds(values: Float64Array): { readonly low: number; readonly high: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}
