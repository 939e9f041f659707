import type { DataSet } from 'dicom-parser';
import type { StoredArray } from '../../image/decoded.js';
import type { Layout } from '../file/layout.js';
import { paddingTest } from './padding.js';

/**
 * Extracts the stored bits (DICOM PS3.5 8.1.1): shifts down from the high bit, masks the bits above, and
 * sign-extends where the writer did not. Padding may have a value beyond the stored bits and keeps it.
 */
export function significantValues(stored: StoredArray, data: DataSet, layout: Layout): StoredArray {
  if (!hasOtherBits(layout)) return stored;
  const { shift, mask, sign } = bitsOf(layout);
  const isPadding = paddingTest(data, layout.signed);
  return stored.map((value) => {
    if (shift === 0 && isPadding(value)) return value;
    const bits = (value >> shift) & mask;
    return layout.signed && bits >= sign ? bits - mask - 1 : bits;
  }) as StoredArray;
}

/** The number of values with bits above the stored ones that neither a sign, padding nor an overlay sets. */
export function countBeyond(stored: StoredArray, data: DataSet, layout: Layout): number {
  if (!hasOtherBits(layout) || hasOverlayBits(data)) return 0;
  const { shift, mask, sign } = bitsOf(layout);
  const isPadding = paddingTest(data, layout.signed);
  let count = 0;
  for (const value of stored) {
    const bits = value >> shift;
    if ((bits > mask || bits < -sign) && !isPadding(value)) count++;
  }
  return count;
}

const hasOtherBits = ({ bitsAllocated, bitsStored, numeric }: Layout): boolean =>
  numeric === 'integer' && bitsStored < bitsAllocated && bitsAllocated <= 16;

const bitsOf = ({ bitsStored, highBit }: Layout) => ({
  shift: highBit + 1 - bitsStored,
  mask: 2 ** bitsStored - 1,
  sign: 2 ** (bitsStored - 1),
});

/** (60xx,0102): the bit position of an overlay plane stored in the pixel data is above 0. */
const hasOverlayBits = (data: DataSet): boolean =>
  Object.keys(data.elements).some((tag) => /^x60..0102$/.test(tag) && (data.uint16(tag) ?? 0) > 0);
