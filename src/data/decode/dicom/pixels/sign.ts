import type { StoredArray } from '../../image/decoded.js';
import type { Layout } from '../file/layout.js';

/**
 * Applies the data set's PixelRepresentation, because codecs differ in their signedness. Signed samples of
 * `precision` bits are sign-extended to their container: 0xFFF of 12 bits becomes -1.
 */
export function signExtend(
  data: StoredArray,
  precision: number,
  { signed, bitsAllocated }: Layout,
): StoredArray {
  const wide = bitsAllocated > 8;
  if (!signed) {
    if (data instanceof Uint8Array || data instanceof Uint16Array) return widen(data, wide);
    const mask = 2 ** precision - 1;
    const out = wide ? new Uint16Array(data.length) : new Uint8Array(data.length);
    for (let i = 0; i < data.length; i++) out[i] = data[i]! & mask;
    return out;
  }
  const shift = 32 - precision;
  const out = wide ? new Int16Array(data.length) : new Int8Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = (data[i]! << shift) >> shift;
  return out;
}

const widen = (data: Uint8Array | Uint16Array, wide: boolean): StoredArray =>
  wide && data instanceof Uint8Array ? new Uint16Array(data) : data;
