import { inputError } from '../base/errors.js';
import { permutation, type Random } from '../base/random.js';

/** Ranks from 1 in ascending order; ties share their mean rank. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i);
  order.sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/** Indices in descending order of value; ties are in random order. */
export function descendingOrder(values: ArrayLike<number>, random: Random): Uint32Array {
  return permutation(random, values.length).sort((a, b) => values[b]! - values[a]!);
}

export interface Groups {
  /** Distinct values in descending order. */
  readonly values: Float32Array;
  /** How often each value occurs inside and outside the mask. */
  readonly inside: Uint32Array;
  readonly outside: Uint32Array;
}

/**
 * The distinct values of a map, and how often each occurs inside and outside a mask: all that a ranking
 * metric needs.
 */
export function tieGroups(map: Float32Array, mask: Uint8Array): Groups {
  const inner = map.filter((_, i) => mask[i] !== 0).sort();
  const outer = map.filter((_, i) => mask[i] === 0).sort();
  const values = new Float32Array(map.length);
  const inside = new Uint32Array(map.length);
  const outside = new Uint32Array(map.length);
  let [i, o, count] = [inner.length - 1, outer.length - 1, 0];
  for (; i >= 0 || o >= 0; count++) {
    const value = Math.max(i >= 0 ? inner[i]! : -Infinity, o >= 0 ? outer[o]! : -Infinity);
    if (Number.isNaN(value)) throw inputError('a map that holds NaN has no order');
    const [beforeI, beforeO] = [i, o];
    while (i >= 0 && inner[i] === value) i--;
    while (o >= 0 && outer[o] === value) o--;
    values[count] = value;
    inside[count] = beforeI - i;
    outside[count] = beforeO - o;
  }
  return {
    values: values.subarray(0, count),
    inside: inside.subarray(0, count),
    outside: outside.subarray(0, count),
  };
}

/**
 * How many of the `count` largest values of a map lie in the mask; the expected number where the last of them
 * are tied.
 */
export function insideTop(map: Float32Array, mask: Uint8Array, count: number): number {
  const { inside, outside } = tieGroups(map, mask);
  let [left, hits] = [count, 0];
  for (let i = 0; i < inside.length && left > 0; i++) {
    const size = inside[i]! + outside[i]!;
    const taken = Math.min(left, size);
    hits += (inside[i]! * taken) / size;
    left -= taken;
  }
  return hits;
}
