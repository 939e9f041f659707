import type { DataSet } from 'dicom-parser';
import type { StoredArray } from '../../image/decoded.js';
import type { Layout } from '../file/layout.js';
import { paddingTest } from './padding.js';

/** The bits above the stored ones. */
export interface Beyond {
  /** The number of values with such bits. */
  readonly count: number;
  /** Whether they are `apart` from the values, belong to `values` of more bits than declared, or either. */
  readonly are: 'apart' | 'values' | 'unclear';
}

/**
 * Extracts the stored bits (DICOM PS3.5 8.1.1): shifts down from the high bit, masks the bits above where
 * they are `beyond` the values, and sign-extends where the writer did not. Padding may have a value beyond
 * the stored bits and keeps it.
 */
export function significantValues(
  stored: StoredArray,
  data: DataSet,
  layout: Layout,
  beyond?: Beyond,
): StoredArray {
  if (!hasOtherBits(layout)) return stored;
  const { shift } = bitsOf(layout);
  if (beyond?.are === 'values') return shift === 0 ? stored : stored.map((value) => value >> shift);
  return stored.map(significant(data, layout)) as StoredArray;
}

/** The value of a word: that of its stored bits, or its own where it is padding. */
function significant(data: DataSet, layout: Layout): (value: number) => number {
  const { shift } = bitsOf(layout);
  const isPadding = paddingTest(data, layout.signed);
  const within = storedBits(layout);
  return (value) => (shift === 0 && isPadding(value) ? value : within(value));
}

/** What a reader of the words themselves has to know: of how many the stored bits tell another value. */
export function wordDoubts(stored: StoredArray, data: DataSet, layout: Layout): readonly string[] {
  if (!hasOtherBits(layout)) return [];
  const of = significant(data, layout);
  let count = 0;
  for (const value of stored) if (value !== of(value)) count++;
  if (count === 0) return [];
  const { bitsStored, highBit, signed } = layout;
  const bits = `bits ${highBit + 1 - bitsStored} to ${highBit}${signed ? ' with their sign' : ''}`;
  return [
    `${count} of its ${stored.length} words differ from the value of their ${bitsStored} stored bits (${bits}): they are given as they stand`,
  ];
}

/** The value of the stored bits alone, with their sign. */
function storedBits(layout: Layout): (value: number) => number {
  const { shift, mask, sign } = bitsOf(layout);
  return (value) => {
    const bits = (value >> shift) & mask;
    return layout.signed && bits >= sign ? bits - mask - 1 : bits;
  };
}

/** What bits above the stored ones are that neither a sign, padding nor an overlay sets. */
export function bitsBeyond(stored: StoredArray, data: DataSet, layout: Layout): Beyond | undefined {
  if (!hasOtherBits(layout) || hasOverlayBits(data)) return undefined;
  const { shift, mask, sign } = bitsOf(layout);
  const isPadding = paddingTest(data, layout.signed);
  let count = 0;
  for (const value of stored) {
    const bits = value >> shift;
    if ((bits > mask || bits < -sign) && !isPadding(value)) count++;
  }
  return count === 0 ? undefined : { count, are: layout.samples === 1 ? belonging(stored, layout) : 'apart' };
}

/** From so many times the mean of all other steps on, a step from pixel to pixel is an edge. */
const STEEP = 4;

/**
 * What the bits above the stored ones belong to: where they change from pixel to pixel, most steps of the
 * values are no edges with them, or without them, or else are smaller.
 */
function belonging(stored: StoredArray, layout: Layout): Beyond['are'] {
  const { shift, mask } = bitsOf(layout);
  const below = storedBits(layout);
  const changes: { readonly withThem: number; readonly without: number }[] = [];
  let [others, sum] = [0, 0];
  for (let i = 1; i < stored.length; i++) {
    if (i % layout.columns === 0) continue;
    const [a, b] = [stored[i - 1]! >> shift, stored[i]! >> shift];
    const without = Math.abs(below(stored[i - 1]!) - below(stored[i]!));
    if ((a & ~mask) !== (b & ~mask)) changes.push({ withThem: Math.abs(a - b), without });
    else {
      others++;
      sum += without;
    }
  }
  if (others === 0 || changes.length === 0) return 'apart';
  const edge = STEEP * Math.max(1, sum / others);
  const isEven = (of: 'withThem' | 'without') =>
    2 * changes.filter((change) => change[of] <= edge).length >= changes.length;
  if (!isEven('withThem')) return isEven('without') ? 'apart' : 'unclear';
  const larger = changes.filter(({ withThem, without }) => withThem > without).length;
  return isEven('without') && 2 * larger > changes.length ? 'apart' : 'values';
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
