import { unsupported } from '../../base/errors.js';
import { readBytes } from '../../base/files.js';
import { tensor } from '../../tensor/tensor.js';
import { decodeFile } from '../decode/file.js';
import { isLossy } from '../decode/lossy.js';
import { fewBitGreys, paletteIndices } from '../decode/png.js';
import { tiffSamples } from '../decode/tiff.js';
import type { Mask } from './mask.js';

/** A value that stands for a structure: a number, or a colour such as `#ff0000`. */
export type MapValue = number | string;

/** A picture whose pixels hold numbers of structures, or colours as `0xrrggbb`. */
export interface LabelMap {
  readonly values: ArrayLike<number>;
  readonly isColoured: boolean;
  readonly width: number;
  readonly height: number;
}

/** Whether a value is the background. */
export const isBackground = (value: MapValue): boolean => value === 0 || value === nameOf(0);

const nameOf = (colour: number): string => `#${colour.toString(16).padStart(6, '0')}`;

/** Label maps have no more colours. */
const COLOURS = 1024;

/**
 * Reads a label map at its own size: grey values of any bit depth as they are stored, or the numbers of a
 * PNG's palette, or with `isColoured` colours. Throws `input` where the file cannot be read, and
 * `unsupported` where its values are not certain: several pages, a lossy format, colours where numbers are
 * named, a palette of greys at other numbers than their own, and few bits of other files than PNG.
 */
export async function readLabelMap(path: string, isColoured = false): Promise<LabelMap> {
  const { pixels, frames } = await decodeFile(path, { raw: true });
  if (frames > 1) throw unsupported(`the label map holds ${frames} pages or frames; one picture is read`);
  const bytes = await readBytes(path);
  if (isLossy(bytes))
    throw unsupported(
      'the label map is of a lossy format (JPEG), which changes its values; save it as PNG from the source',
    );
  const [height, width, channels = 1] = pixels.shape as [number, number, number?];
  const size = { width, height };
  if (isColoured) return { values: coloursOf(pixels.data, channels), isColoured, ...size };
  return { values: numbersOf(bytes, pixels.data, channels), isColoured, ...size };
}

function numbersOf(bytes: Uint8Array, data: ArrayLike<number>, channels: number): ArrayLike<number> {
  const bits = tiffSamples(bytes)?.bits ?? 8;
  if (bits === 2 || bits === 4)
    throw unsupported(
      `the label map is a TIFF of ${bits} bits, which decoders stretch to 8; save it with 8 bits, or as PNG`,
    );
  const greys = greysOf(data, channels);
  const indices = paletteIndices(bytes);
  if (indices === undefined) {
    if (greys !== undefined) return fewBitGreys(bytes) ?? greys;
    const found = [...new Set(coloursOf(data, channels))].filter((colour) => colour !== 0).map(nameOf);
    const which = `${found.slice(0, 4).join(', ')}${found.length > 4 ? ', ...' : ''}`;
    throw unsupported(
      `the label map marks in colours (${which}), and option values names numbers; name the colours (${found[0]}=LABEL), or save a grey picture or a PNG whose palette has the numbers`,
    );
  }
  const at = greys === undefined ? -1 : indices.findIndex((index, i) => index !== greys[i]);
  if (at >= 0)
    throw unsupported(
      `the palette of the label map gives its number ${indices[at]} the grey value ${greys![at]}, and either may be meant: save it as a grey picture, or with colours in its palette`,
    );
  return indices;
}

/** The colours as `0xrrggbb`. */
function coloursOf(data: ArrayLike<number>, channels: number): Uint32Array {
  const colours = new Uint32Array(data.length / channels);
  const found = new Set<number>();
  for (let i = 0; i < colours.length; i++) {
    for (let c = 0; c < 3; c++) {
      const value = data[i * channels + (channels < 3 ? 0 : c)]!;
      if (!(Number.isInteger(value) && value >= 0 && value < 256))
        throw unsupported(`the label map has the value ${value}; colours of 8 bits a channel are read`);
      colours[i] = colours[i]! * 256 + value;
    }
    found.add(colours[i]!);
    if (found.size > COLOURS)
      throw unsupported(
        `it has more than ${COLOURS} colours, so that it seems to be a picture, no label map`,
      );
  }
  return colours;
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
export function countsOf({ values, isColoured }: LabelMap): ReadonlyMap<MapValue, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < values.length; i++) counts.set(values[i]!, (counts.get(values[i]!) ?? 0) + 1);
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return new Map(sorted.map(([value, count]) => [isColoured ? nameOf(value) : value, count] as const));
}

/** The pixels of one value. */
export function maskOfValue({ values, width, height }: LabelMap, value: MapValue): Mask {
  const wanted = typeof value === 'string' ? Number.parseInt(value.slice(1), 16) : value;
  return tensor(
    Uint8Array.from(values, (one) => (one === wanted ? 1 : 0)),
    [height, width],
  );
}
