import { inputError } from '../base/errors.js';
import { permutation, type Random } from '../base/random.js';

/** Ranks from 1 in ascending order; equal values share the mean of theirs. */
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

/** Indices from the greatest value to the least, equal values in the random order of `random`. */
export function descendingOrder(values: ArrayLike<number>, random: Random): Uint32Array {
  return permutation(random, values.length).sort((a, b) => values[b]! - values[a]!);
}

export interface Groups {
  /** Distinct values, from the greatest to the least. */
  readonly values: readonly number[];
  /** How many at each of them are inside, and outside, the mask. */
  readonly inside: readonly number[];
  readonly outside: readonly number[];
}

/** The distinct values of a map with how often each lies inside and outside a mask: all that a ranking metric sees. */
export function tieGroups(map: ArrayLike<number>, mask: ArrayLike<number>): Groups {
  const parts: [number[], number[]] = [[], []];
  for (let i = 0; i < map.length; i++) parts[mask[i] === 0 ? 1 : 0].push(map[i]!);
  const [inner, outer] = parts.map((part) => Float64Array.from(part).sort()) as [Float64Array, Float64Array];
  const groups = { values: [] as number[], inside: [] as number[], outside: [] as number[] };
  let [i, o] = [inner.length - 1, outer.length - 1];
  while (i >= 0 || o >= 0) {
    const value = Math.max(inner[i] ?? -Infinity, outer[o] ?? -Infinity);
    if (Number.isNaN(value)) throw inputError('a map that holds NaN has no order');
    let [inside, outside] = [0, 0];
    for (; i >= 0 && inner[i] === value; i--) inside++;
    for (; o >= 0 && outer[o] === value; o--) outside++;
    groups.values.push(value);
    groups.inside.push(inside);
    groups.outside.push(outside);
  }
  return groups;
}
