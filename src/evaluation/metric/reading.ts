import { connectedParts } from '../../tensor/components.js';
import { otsuThreshold } from '../../tensor/otsu.js';
import { extent } from '../../tensor/quantile.js';
import { type Groups, positiveGroups, tieGroups } from '../../tensor/rank.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Which part of a map's sign is read: the values as they are, their positive part, or their magnitude. */
export type Sign = 'signed' | 'positive' | 'absolute';

/** What metrics ask of a map whose sign is read, found when first asked and shared by all that score it. */
export interface Reading extends OfMap, OfMask {}

interface OfMap {
  /** The map `[H, W]` with its sign read. */
  readonly map: Tensor;
  /** Its smallest and largest value. */
  extent(): { readonly low: number; readonly high: number };
  /** Its distinct values, and how often each is inside and outside the mask. */
  groups(): Groups;
  /** Otsu's threshold of its values. */
  otsu(): number;
}

interface OfMask {
  /** The number of pixels in the mask. */
  area(): number;
  /** The connected parts of the mask, as indices of pixels. */
  parts(): readonly Uint32Array[];
}

/** What is known of one map and its mask before any metric scores it. */
export interface Readings {
  /** The map as a metric reads its sign. */
  of(sign: Sign): Reading;
  /** How many values of the map are NaN or infinite. */
  broken(): number;
}

/** The readings of a map `[H, W]` beside a mask of the same size; without one everything is outside. */
export function readingsOf(map: Tensor, mask?: Tensor<Uint8Array>): Readings {
  const made: Partial<Record<Sign, Reading>> = {};
  const ofMask: OfMask = {
    area: once(() => (mask ? countOnes(mask) : 0)),
    parts: once(() => (mask ? connectedParts(mask) : [])),
  };
  const of = (sign: Sign): Reading => {
    // The order of the positive part is that of the signed values: they are sorted once.
    made[sign] ??=
      sign === 'positive'
        ? { ...ofMask, ...readingOf(readSign(map, sign), mask, () => positiveGroups(of('signed').groups())) }
        : { ...ofMask, ...readingOf(readSign(map, sign), mask) };
    return made[sign];
  };
  return { of, broken: once(() => countBroken(map.data)) };
}

function countBroken(values: Float32Array): number {
  let count = 0;
  for (let p = 0; p < values.length; p++) if (!Number.isFinite(values[p]!)) count++;
  return count;
}

function readingOf(
  map: Tensor,
  mask?: Tensor<Uint8Array>,
  groups: () => Groups = () => tieGroups(map.data, mask?.data ?? new Uint8Array(map.data.length)),
): OfMap {
  return {
    map,
    extent: once(() => extent(map.data)),
    groups: once(groups),
    otsu: once(() => otsuThreshold(map.data)),
  };
}

/** A map with its sign read: the values as they are, their positive part, or their magnitude. */
export function readSign({ data, shape }: Tensor, sign: Sign): Tensor {
  if (sign === 'signed') return { data, shape };
  const read = new Float32Array(data.length);
  for (let p = 0; p < data.length; p++) {
    const value = data[p]!;
    // A NaN stays one.
    read[p] = value < 0 ? (sign === 'positive' ? 0 : -value) : value;
  }
  return { data: read, shape };
}

/** The number of pixels in a mask. */
function countOnes({ data }: Tensor<Uint8Array>): number {
  let sum = 0;
  for (let p = 0; p < data.length; p++) sum += data[p]!;
  return sum;
}

/** A value that is made when it is first asked for, and kept. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
