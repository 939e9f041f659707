import { inputError } from '../../../../base/errors.js';
import type { StoredArray } from '../../image/decoded.js';
import { bytesPerFrame, type Layout, samplesPerFrame, stored422 } from '../file/layout.js';

/** Whether the bytes are big endian, and whether 8-bit samples are stored in 16-bit words (OW). */
export interface ByteOrder {
  readonly bigEndian: boolean;
  readonly words: boolean;
}

/** Unpacks the samples of uncompressed frame `frame` to containers of their allocated bits, in file order. */
export function unpackFrame(bytes: Uint8Array, layout: Layout, frame: number, order: ByteOrder): StoredArray {
  const size = bytesPerFrame(layout);
  const begin = frame * size;
  if (Math.ceil(begin + size) > bytes.length) {
    throw inputError(
      `its pixel data is cut off: ${Math.ceil(layout.frames * size)} bytes are declared, ${bytes.length} are there`,
    );
  }
  const length = stored422(layout) ? layout.rows * layout.columns * 2 : samplesPerFrame(layout);
  if (layout.bitsAllocated === 1) return unpackBits(bytes, begin * 8, length, order);
  if (layout.bitsAllocated === 12) return unpackTwelve(bytes, frame * length, length);
  if (layout.bitsAllocated === 8 && order.bigEndian && order.words)
    return unswap(bytes, begin, length, layout);
  return unpackBytes(bytes.subarray(begin, begin + size), length, layout, order.bigEndian);
}

/** Unpacks single bits, least significant first. Frames are not padded to bytes. */
function unpackBits(bytes: Uint8Array, begin: number, length: number, { bigEndian, words }: ByteOrder) {
  const out = new Uint8Array(length);
  const swap = bigEndian && words ? 1 : 0;
  for (let i = 0; i < length; i++) {
    const bit = begin + i;
    out[i] = (bytes[(bit >> 3) ^ swap]! >> (bit & 7)) & 1;
  }
  return out;
}

/** Unpacks pairs of 12-bit samples from three bytes, a format of old equipment. */
function unpackTwelve(bytes: Uint8Array, first: number, length: number) {
  const out = new Uint16Array(length);
  for (let i = 0; i < length; i++) {
    const bit = (first + i) * 12;
    const byte = bit >>> 3;
    out[i] =
      bit & 4
        ? (bytes[byte]! >> 4) | (bytes[byte + 1]! << 4)
        : bytes[byte]! | ((bytes[byte + 1]! & 0x0f) << 8);
  }
  return out;
}

function unpackBytes(
  bytes: Uint8Array,
  length: number,
  { bitsAllocated, numeric, signed }: Layout,
  bigEndian: boolean,
): StoredArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fill = <A extends StoredArray>(out: A, read: (i: number) => number): A => {
    for (let i = 0; i < length; i++) out[i] = read(i);
    return out;
  };
  const little = !bigEndian;
  if (numeric === 'float') {
    return bitsAllocated === 32
      ? fill(new Float32Array(length), (i) => view.getFloat32(4 * i, little))
      : fill(new Float64Array(length), (i) => view.getFloat64(8 * i, little));
  }
  switch (bitsAllocated) {
    case 8: {
      const copy = bytes.slice(0, length);
      return signed ? new Int8Array(copy.buffer) : copy;
    }
    case 16:
      return signed
        ? fill(new Int16Array(length), (i) => view.getInt16(2 * i, little))
        : fill(new Uint16Array(length), (i) => view.getUint16(2 * i, little));
    default:
      return signed
        ? fill(new Int32Array(length), (i) => view.getInt32(4 * i, little))
        : fill(new Uint32Array(length), (i) => view.getUint32(4 * i, little));
  }
}

/** Unpacks 8-bit samples stored in big-endian 16-bit words. */
function unswap(bytes: Uint8Array, begin: number, length: number, { signed }: Layout) {
  const out = signed ? new Int8Array(length) : new Uint8Array(length);
  for (let i = 0; i < length; i++) out[i] = bytes[(begin + i) ^ 1]!;
  return out;
}
