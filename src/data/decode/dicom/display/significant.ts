import type { DataSet } from 'dicom-parser';
import type { StoredArray } from '../../image/decoded.js';
import type { Layout } from '../file/layout.js';

/**
 * Extracts the stored bits: shifts down from the high bit, masks overlay bits above, and sign-extends where
 * the writer did not. Values that exceed the declared bits stay unchanged: there the declaration is wrong.
 */
export function significantValues(stored: StoredArray, data: DataSet, layout: Layout): StoredArray {
  const { bitsAllocated, bitsStored, highBit, signed, numeric } = layout;
  if (numeric === 'float' || bitsStored === bitsAllocated || bitsAllocated > 16) return stored;
  const shift = highBit + 1 - bitsStored;
  const mask = 2 ** bitsStored - 1;
  const masked = shift > 0 || hasOverlayBits(data);
  if (!masked && !signed) return stored;
  const sign = 2 ** (bitsStored - 1);
  return stored.map((value) => {
    const bits = masked ? (value >> shift) & mask : value;
    return signed && bits >= sign && bits <= mask ? bits - mask - 1 : bits;
  }) as StoredArray;
}

/** (60xx,0102): the bit position of an overlay plane stored in the pixel data is above 0. */
const hasOverlayBits = (data: DataSet): boolean =>
  Object.keys(data.elements).some((tag) => /^x60..0102$/.test(tag) && (data.uint16(tag) ?? 0) > 0);
