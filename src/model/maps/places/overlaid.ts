import { intOf } from '../../../graph/attributes.js';
import { axisOf, range } from '../../../graph/shapes.js';
import { sizeOf } from '../../../tensor/tensor.js';
import { aligned, firstAlong, narrowed, type Origins, rearranged, stepOf, widthOf } from './origins.js';
import type { Step } from './step.js';
import { middleOf } from './track.js';

/**
 * What several inputs show, broadcast to each other: an input whose elements all come from one place, or one
 * that is broadcast along places of another, says nothing beside others.
 */
export function overlaid(
  origins: readonly (Origins | undefined)[],
  parts: readonly number[],
  rank: number,
): Origins | 'apart' | undefined {
  const known = origins.flatMap((one, i) => (one ? [{ origins: aligned(one, rank), parts: parts[i]! }] : []));
  const dims = range(rank).map((axis) => Math.max(...known.map((one) => one.origins.dims[axis]!)));
  const [first, ...others] = known.map((one) => ({
    ...one,
    ...(one.origins.dims.join() === dims.join()
      ? one.origins
      : rearranged(one.origins, dims, (index) => index, false)),
  }));
  if (others.length === 0) return first;
  const isSpread = (one: Origins, k: number) =>
    dims.some((length, axis) => {
      const isAlong = one.dims[axis] === 1 && length > 1;
      return isAlong && known.some((other) => variesAlong(other.origins, k, axis));
    });
  const at: Float64Array[] = [];
  for (const [k, own] of first!.at.entries()) {
    const spread = known.map((one) => isSpread(one.origins, k));
    const among = [first!, ...others].filter((_, i) => !spread[i] || !spread.includes(false));
    const told = among.filter((one) => widthOf(one.at[k]!) > 0);
    const [kept = own, ...rest] = told.map((one) => one.at[k]!);
    const far = 1.5 * Math.max(...told.map((one) => stepOf(one.at[k]!)));
    if (rest.some((one) => one.some((place, i) => Math.abs(place - kept[i]!) > far))) return 'apart';
    const weights = told.map((one) => one.parts);
    at.push(
      rest.length === 0
        ? kept
        : kept.map((place, i) => middleOf([place, ...rest.map((one) => one[i])], weights)!),
    );
  }
  return narrowed({ dims, at });
}

/** Whether elements that differ along an axis alone come from different places of the input's k-th axis. */
function variesAlong({ dims, at }: Origins, k: number, axis: number): boolean {
  const first = firstAlong(dims, axis);
  return dims[axis]! > 1 && at[k]!.some((place, i) => !Object.is(place, at[k]![first(i)]));
}

/** Parts laid one after the other along an axis, or above each other where all come from the same places. */
export function joined({ node, origins, parts, lengths, made }: Step): Origins | 'apart' | undefined {
  const axis = axisOf(intOf(node, 'axis', 0), made.length);
  const isAlike = origins.every((one) => !one || one.dims[axis] === 1);
  const above = isAlike ? overlaid(origins, parts, made.length) : 'apart';
  if (above !== 'apart') return above;
  const ends: number[] = [];
  for (const dims of lengths) ends.push((ends.at(-1) ?? 0) + dims[axis]!);
  const dims = made.map((length, i) =>
    i === axis ? length : Math.max(...origins.map((one) => one?.dims[i] ?? 1)),
  );
  const size = sizeOf(dims);
  const at = origins.find((one) => one !== undefined)!.at.map(() => new Float64Array(size).fill(Number.NaN));
  const inner = sizeOf(dims.slice(axis + 1));
  for (const [i, one] of origins.entries()) {
    if (!one) continue;
    const [start, end] = [ends[i]! - lengths[i]![axis]!, ends[i]!];
    const part = rearranged(one, dims.with(axis, end - start), (index) => index, false);
    for (const [k, values] of part.at.entries()) {
      for (const [j, place] of values.entries()) {
        const outer = Math.floor(j / ((end - start) * inner));
        at[k]![outer * made[axis]! * inner + start * inner + (j % ((end - start) * inner))] = place;
      }
    }
  }
  return narrowed({ dims, at });
}
