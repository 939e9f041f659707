import { inputError } from '../base/errors.js';
import { permutation, type Random } from '../base/random.js';
import { sortedFloats, sortedIndices } from './radix.js';

/** Ranks from 1 in ascending order; ties share their mean rank. Beside a NaN all ranks are NaN. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  if (holdsNaN(values)) return new Float64Array(values.length).fill(Number.NaN);
  const order = ascending(
    values,
    Uint32Array.from({ length: values.length }, (_, i) => i),
  );
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/**
 * Area under the ROC curve by the ranks of scores: the probability that a positive scores above a negative,
 * with ties counted half (Hanley & McNeil 1982). NaN where all or none are positive.
 */
export function areaOfRanks(ranks: Float64Array, positive: readonly boolean[]): number {
  let [sum, positives] = [0, 0];
  for (const [i, is] of positive.entries()) {
    if (!is) continue;
    sum += ranks[i]!;
    positives++;
  }
  return (sum - (positives * (positives + 1)) / 2) / (positives * (positive.length - positives));
}

function holdsNaN(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

/** Indices in descending order of value; ties are in random order. */
export function descendingOrder(values: ArrayLike<number>, random: Random): Uint32Array {
  const drawn = permutation(random, values.length);
  return values instanceof Float32Array
    ? sortedIndices(values, drawn, 'descending')
    : drawn.sort((a, b) => values[b]! - values[a]!);
}

function ascending(values: ArrayLike<number>, indices: Uint32Array): Uint32Array {
  return values instanceof Float32Array
    ? sortedIndices(values, indices)
    : indices.sort((a, b) => values[a]! - values[b]!);
}

/**
 * The distinct values of a map, and how often each occurs inside and outside a mask: all that a ranking
 * metric needs.
 */
export interface Groups {
  /** Distinct values in descending order. */
  readonly values: Float32Array;
  /** How often each value occurs inside and outside the mask. */
  readonly inside: Uint32Array;
  readonly outside: Uint32Array;
  /** The number of all values. */
  readonly size: number;
}

/** The groups of a map and a mask of the same size. Throws where the map holds a NaN. */
export function tieGroups(map: Float32Array, mask: Uint8Array): Groups {
  const { inner, outer } = parted(map, mask);
  const values = new Float32Array(map.length);
  const inside = new Uint32Array(map.length);
  const outside = new Uint32Array(map.length);
  let [i, o, count] = [inner.length - 1, outer.length - 1, 0];
  for (; i >= 0 || o >= 0; count++) {
    const value = o < 0 || (i >= 0 && inner[i]! > outer[o]!) ? inner[i]! : outer[o]!;
    values[count] = value;
    for (; i >= 0 && inner[i] === value; i--) inside[count]!++;
    for (; o >= 0 && outer[o] === value; o--) outside[count]!++;
  }
  return {
    values: values.subarray(0, count),
    inside: inside.subarray(0, count),
    outside: outside.subarray(0, count),
    size: map.length,
  };
}

/** The values inside and outside a mask, each in ascending order. */
function parted(
  map: Float32Array,
  mask: Uint8Array,
): { readonly inner: Float32Array; readonly outer: Float32Array } {
  const [inner, outer] = [new Float32Array(map.length), new Float32Array(map.length)];
  let [i, o] = [0, 0];
  for (let p = 0; p < map.length; p++) {
    const value = map[p]!;
    if (Number.isNaN(value)) throw inputError('a map that holds NaN has no order');
    if (mask[p] === 0) outer[o++] = value;
    else inner[i++] = value;
  }
  return { inner: sortedFloats(inner.subarray(0, i)), outer: sortedFloats(outer.subarray(0, o)) };
}

/** How many of a map's `count` largest values are in the mask; an expected number where they are tied. */
export function insideTop({ inside, outside }: Groups, count: number): number {
  let [left, hits] = [count, 0];
  for (let i = 0; i < inside.length && left > 0; i++) {
    const size = inside[i]! + outside[i]!;
    const taken = Math.min(left, size);
    hits += (inside[i]! * taken) / size;
    left -= taken;
  }
  return hits;
}

/** The smallest of a map's `count` largest values, and the share of those tied with it that is taken. */
export function cutOfTop(
  { values, inside, outside }: Groups,
  count: number,
): { readonly cut: number; readonly share: number } {
  let left = count;
  for (let i = 0; i < values.length; i++) {
    const size = inside[i]! + outside[i]!;
    if (left <= size) return { cut: values[i]!, share: left / size };
    left -= size;
  }
  return { cut: -Infinity, share: 0 };
}

/** How many values above a threshold lie inside the mask, and how many anywhere. */
export function countAbove(
  { values, inside, outside }: Groups,
  threshold: number,
): { readonly inner: number; readonly all: number } {
  let [inner, outer] = [0, 0];
  for (let i = 0; i < values.length && values[i]! > threshold; i++) {
    inner += inside[i]!;
    outer += outside[i]!;
  }
  return { inner, all: inner + outer };
}

/** The `at` quantile (0 to 1) of all values, by linear interpolation between order statistics. */
export function quantileOf({ values, inside, outside, size }: Groups, at: number): number {
  const position = (size - 1) * at;
  const low = Math.floor(position);
  // From the greatest value downwards.
  let [left, group] = [size, -1];
  const valueAt = (place: number) => {
    for (; left > place; left -= inside[group]! + outside[group]!) group++;
    return values[group]!;
  };
  const above = valueAt(Math.min(low + 1, size - 1));
  const below = valueAt(low);
  return below + (above - below) * (position - low);
}

/** The groups of the map's positive part: values below zero become zero. */
export function positiveGroups({ values, inside, outside, size }: Groups): Groups {
  let end = 0;
  while (end < values.length && values[end]! > 0) end++;
  if (end === values.length) return { values, inside, outside, size };
  const joined = (counts: Uint32Array) => {
    const kept = counts.slice(0, end + 1);
    let rest = 0;
    for (let i = end; i < counts.length; i++) rest += counts[i]!;
    kept[end] = rest;
    return kept;
  };
  const kept = values.slice(0, end + 1);
  kept[end] = 0;
  return { values: kept, inside: joined(inside), outside: joined(outside), size };
}
