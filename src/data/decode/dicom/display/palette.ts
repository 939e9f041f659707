import type { DataSet } from 'dicom-parser';
import { inputError } from '../../../../base/errors.js';
import type { StoredArray } from '../../image/decoded.js';
import { type LookupTable, lookUp, readDescriptor, readTable } from './table.js';

/** Converts palette indices to RGB in [0, 1], interleaved (DICOM PS3.3 C.7.9). */
export function paletteToRgb(stored: StoredArray, data: DataSet, signed: boolean): Float32Array {
  const channels = ['1', '2', '3'].map((channel) => readChannel(data, channel, signed));
  const bits = channels[0]!.bits;
  const largest = channels.reduce((most, { values }) => values.reduce((m, v) => Math.max(m, v), most), 0);
  // Some writers declare 16 bits but store 8-bit values.
  const scale = 1 / (bits > 8 && largest > 255 ? 2 ** bits - 1 : 255);
  const out = new Float32Array(stored.length * 3);
  channels.forEach((table, channel) => {
    for (let i = 0; i < stored.length; i++)
      out[i * 3 + channel] = Math.min(1, lookUp(table, stored[i]!) * scale);
  });
  return out;
}

function readChannel(data: DataSet, channel: string, signed: boolean): LookupTable {
  const descriptor = `x0028110${channel}`;
  const table =
    readTable(data, descriptor, `x0028120${channel}`, signed) ??
    readSegmented(data, descriptor, `x0028122${channel}`, signed);
  if (table === undefined) throw inputError('it has palette colours and no palette');
  return table;
}

/** Reads a segmented palette: discrete, linear and indirect segments (DICOM PS3.3 C.7.9.2). */
function readSegmented(
  data: DataSet,
  descriptorTag: string,
  dataTag: string,
  signed: boolean,
): LookupTable | undefined {
  const element = data.elements[dataTag];
  const descriptor = readDescriptor(data, descriptorTag, signed);
  if (element === undefined || descriptor === undefined) return undefined;
  const words = Uint16Array.from({ length: element.length >> 1 }, (_, i) => data.uint16(dataTag, i)!);
  const values = new Uint16Array(descriptor.entries);
  const filled = expand(words, 0, words.length, Infinity, values, 0);
  if (filled < values.length) throw inputError('its segmented palette is cut off');
  return { first: descriptor.first, bits: descriptor.bits, values };
}

/** Expands up to `segments` segments from word `at`. Returns the number of filled entries. */
function expand(
  words: Uint16Array,
  at: number,
  end: number,
  segments: number,
  values: Uint16Array,
  filled: number,
): number {
  let to = filled;
  for (let n = 0; n < segments && at + 1 < end && to < values.length; n++) {
    const [kind, length] = [words[at]!, words[at + 1]!];
    if (kind === 0) {
      for (let i = 0; i < length && to < values.length; i++) values[to++] = words[at + 2 + i] ?? 0;
      at += 2 + length;
    } else if (kind === 1 && to > 0) {
      const from = values[to - 1]!;
      const target = words[at + 2] ?? 0;
      for (let i = 1; i <= length && to < values.length; i++) {
        values[to++] = Math.round(from + ((target - from) * i) / length);
      }
      at += 3;
    } else if (kind === 2 && segments === Infinity) {
      const offset = ((words[at + 2] ?? 0) + (words[at + 3] ?? 0) * 65536) / 2;
      to = expand(words, offset, words.length, length, values, to);
      at += 4;
    } else throw inputError('its segmented palette is damaged');
  }
  return to;
}
