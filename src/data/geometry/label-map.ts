import { unsupported } from '../../base/errors.js';
import { readBytes } from '../../base/files.js';
import { tensor } from '../../tensor/tensor.js';
import { decodeFile } from '../decode/file.js';
import { isLossy } from '../decode/lossy.js';
import { paletteIndices } from '../decode/png.js';
import type { Mask } from './mask.js';

/** A picture whose pixels hold numbers of structures. */
export interface LabelMap {
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

/**
 * Reads a label map at its own size: grey values of any bit depth, or the numbers of a PNG's palette. Throws
 * `input` where the file cannot be read, and `unsupported` where its numbers are not certain: several pages,
 * a lossy format, colours, and a palette of greys at other numbers than their own.
 */
export async function readLabelMap(path: string): Promise<LabelMap> {
  const { pixels, frames } = await decodeFile(path, { raw: true });
  if (frames > 1) throw unsupported(`the label map holds ${frames} pages or frames; one picture is read`);
  const bytes = await readBytes(path);
  if (isLossy(bytes))
    throw unsupported(
      'the label map is of a lossy format (JPEG), which changes its values; save it as PNG from the source',
    );
  const [height, width, channels = 1] = pixels.shape as [number, number, number?];
  const greys = greysOf(pixels.data, channels);
  const indices = paletteIndices(bytes);
  if (indices === undefined) {
    if (greys !== undefined) return { values: greys, width, height };
    throw unsupported(
      'the label map marks in colours; numbers are read: a grey picture, or a PNG whose palette has them',
    );
  }
  const at = greys === undefined ? -1 : indices.findIndex((index, i) => index !== greys[i]);
  if (at >= 0)
    throw unsupported(
      `the palette of the label map gives its number ${indices[at]} the grey value ${greys![at]}, and either may be meant: save it as a grey picture, or with colours in its palette`,
    );
  return { values: indices, width, height };
}

/** The grey values; `undefined` where the channels of a pixel differ. */
function greysOf(data: ArrayLike<number>, channels: number): ArrayLike<number> | undefined {
  if (channels === 1) return data;
  const greys = new Float64Array(data.length / channels);
  for (let i = 0; i < greys.length; i++) {
    greys[i] = data[i * channels]!;
    for (let c = 1; c < channels; c++) if (data[i * channels + c] !== greys[i]) return undefined;
  }
  return greys;
}

/** How many pixels have each value, by value. */
export function countsOf({ values }: LabelMap): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < values.length; i++) counts.set(values[i]!, (counts.get(values[i]!) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => a - b));
}

/** The pixels of one value. */
export const maskOfValue = ({ values, width, height }: LabelMap, value: number): Mask =>
  tensor(
    Uint8Array.from(values, (one) => (one === value ? 1 : 0)),
    [height, width],
  );
