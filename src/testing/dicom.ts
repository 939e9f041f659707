/** One element of a made DICOM file: tag as `ggggeeee`, value representation, value. */
export type MadeElement = readonly [
  tag: string,
  vr: string,
  value: string | number | readonly number[] | Uint8Array | readonly MadeElement[][],
];

const longForms = ['OB', 'OW', 'OF', 'OD', 'OV', 'SQ', 'UN', 'UT'];

/** An explicit little-endian DICOM file of these elements, which must be in order. */
export const madeDicom = (elements: readonly MadeElement[], syntax = '1.2.840.10008.1.2.1'): Buffer =>
  Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    encode(['00020010', 'UI', syntax]),
    ...elements.map(encode),
  ]);

export interface MadeImage {
  readonly bits?: number;
  readonly stored?: number;
  readonly highBit?: number;
  readonly signed?: boolean;
  readonly samples?: number;
  readonly photometric?: string;
}

/** The elements of an image without its pixels; `more` are put in order among them. */
export const imageElements = (
  rows: number,
  columns: number,
  { bits = 8, stored = bits, highBit = stored - 1, signed = false, samples = 1, photometric }: MadeImage = {},
  more: readonly MadeElement[] = [],
): MadeElement[] =>
  (
    [
      ['00280002', 'US', samples],
      ['00280004', 'CS', photometric ?? (samples === 3 ? 'RGB' : 'MONOCHROME2')],
      ['00280010', 'US', rows],
      ['00280011', 'US', columns],
      ['00280100', 'US', bits],
      ['00280101', 'US', stored],
      ['00280102', 'US', highBit],
      ['00280103', 'US', signed ? 1 : 0],
      ...more,
    ] as MadeElement[]
  ).sort(([a], [b]) => (a < b ? -1 : 1));

/** Pixel data in fragments; the first of them is the basic offset table. */
export function fragments(...parts: readonly Uint8Array[]): Uint8Array {
  const items = parts.map((part) => Buffer.concat([item(0xe000, part.length), part]));
  return Buffer.concat([
    Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]),
    ...items,
    item(0xe0dd, 0),
  ]);
}

/** A file whose pixel data are these compressed frames, a fragment each. */
export const compressed = (syntax: string, elements: readonly MadeElement[], ...frames: Uint8Array[]) =>
  Buffer.concat([madeDicom(elements, syntax), fragments(Buffer.alloc(0), ...frames)]);

function item(element: number, length: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeUInt16LE(0xfffe, 0);
  out.writeUInt16LE(element, 2);
  out.writeUInt32LE(length, 4);
  return out;
}

function encode([tag, vr, value]: MadeElement): Buffer {
  const content = contentOf(vr, value);
  const padded =
    content.length % 2 === 0 ? content : Buffer.concat([content, Buffer.from(vr === 'UI' ? '\0' : ' ')]);
  const head = Buffer.alloc(longForms.includes(vr) ? 12 : 8);
  head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  head.write(vr, 4, 'latin1');
  if (head.length === 12) head.writeUInt32LE(padded.length, 8);
  else head.writeUInt16LE(padded.length, 6);
  return Buffer.concat([head, padded]);
}

function contentOf(vr: string, value: MadeElement[2]): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value === 'string') return Buffer.from(value, 'latin1');
  if (vr === 'SQ') {
    const items = (value as readonly MadeElement[][]).map((elements) => {
      const body = Buffer.concat(elements.map(encode));
      return Buffer.concat([item(0xe000, body.length), body]);
    });
    return Buffer.concat(items);
  }
  const numbers = typeof value === 'number' ? [value] : (value as readonly number[]);
  const signed = vr === 'SS';
  return Buffer.from((signed ? Int16Array.from(numbers) : Uint16Array.from(numbers)).buffer);
}
