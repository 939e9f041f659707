import { inputError } from '../../base/errors.js';

/** One data element: `tag` is `0xGGGGEEEE`. */
export interface Element {
  readonly tag: number;
  readonly vr:
    | 'AE'
    | 'AS'
    | 'CS'
    | 'DA'
    | 'DS'
    | 'IS'
    | 'LO'
    | 'OB'
    | 'OW'
    | 'PN'
    | 'SH'
    | 'TM'
    | 'UI'
    | 'UL'
    | 'US';
  readonly value: string | readonly number[] | Uint8Array;
}

export interface GreyImage {
  readonly rows: number;
  readonly columns: number;
  readonly bitsStored: number;
  readonly photometric: 'MONOCHROME1' | 'MONOCHROME2';
  /** Stored values, row by row, below `2 ** bitsStored`. */
  readonly values: Uint8Array | Uint16Array;
  readonly sopClass: string;
  readonly sopInstance: string;
  /** All other elements, in any order. */
  readonly elements: readonly Element[];
}

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const IMPLEMENTATION = '2.25.140737488355328000000000001';

/** A single-frame grey image as a DICOM file (PS3.10), explicit VR little endian, uncompressed. */
export function writeDicom(image: GreyImage): Uint8Array {
  const { rows, columns, values, bitsStored, photometric, sopClass, sopInstance } = image;
  if (values.length !== rows * columns)
    throw inputError(`${values.length} values are no ${columns}x${rows} image`);
  const bits = values instanceof Uint16Array ? 16 : 8;
  const pixels = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const body: Element[] = [
    { tag: 0x00080016, vr: 'UI', value: sopClass },
    { tag: 0x00080018, vr: 'UI', value: sopInstance },
    { tag: 0x00280002, vr: 'US', value: [1] },
    { tag: 0x00280004, vr: 'CS', value: photometric },
    { tag: 0x00280010, vr: 'US', value: [rows] },
    { tag: 0x00280011, vr: 'US', value: [columns] },
    { tag: 0x00280100, vr: 'US', value: [bits] },
    { tag: 0x00280101, vr: 'US', value: [bitsStored] },
    { tag: 0x00280102, vr: 'US', value: [bitsStored - 1] },
    { tag: 0x00280103, vr: 'US', value: [0] },
    { tag: 0x7fe00010, vr: bits === 16 ? 'OW' : 'OB', value: pixels },
    ...image.elements,
  ];
  const meta = encodeAll([
    { tag: 0x00020001, vr: 'OB', value: Uint8Array.of(0, 1) },
    { tag: 0x00020002, vr: 'UI', value: sopClass },
    { tag: 0x00020003, vr: 'UI', value: sopInstance },
    { tag: 0x00020010, vr: 'UI', value: EXPLICIT_LITTLE_ENDIAN },
    { tag: 0x00020012, vr: 'UI', value: IMPLEMENTATION },
  ]);
  const length = encode({ tag: 0x00020000, vr: 'UL', value: [meta.length] });
  return Buffer.concat([new Uint8Array(128), Buffer.from('DICM'), length, meta, encodeAll(body)]);
}

const encodeAll = (elements: readonly Element[]): Uint8Array =>
  Buffer.concat([...elements].sort((a, b) => a.tag - b.tag).map(encode));

function encode({ tag, vr, value }: Element): Uint8Array {
  const bytes = valueBytes(vr, value);
  const long = vr === 'OB' || vr === 'OW';
  const head = Buffer.alloc(long ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(vr, 4, 'latin1');
  if (long) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

/** Values have an even length: UIDs and bytes are padded with zero, text with a space. */
function valueBytes(vr: Element['vr'], value: Element['value']): Uint8Array {
  if (typeof value === 'string') {
    const padded = value.length % 2 === 0 ? value : `${value}${vr === 'UI' ? '\0' : ' '}`;
    return Buffer.from(padded, 'latin1');
  }
  if (value instanceof Uint8Array) {
    return value.length % 2 === 0 ? value : Buffer.concat([value, new Uint8Array(1)]);
  }
  const size = vr === 'UL' ? 4 : 2;
  const bytes = Buffer.alloc(value.length * size);
  for (const [i, number] of value.entries()) bytes.writeUIntLE(number, i * size, size);
  return bytes;
}
