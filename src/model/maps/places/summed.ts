import {
  aligned,
  firstAlong,
  indexAlong,
  merged,
  narrowed,
  type Origins,
  rearranged,
  stepOf,
  widthOf,
} from './origins.js';
import type { Step } from './step.js';
import type { Window } from './track.js';

/**
 * Rows of a product come from those of its first input and columns from those of its second, whichever of
 * them differ.
 */
export function product(a: Origins | undefined, b: Origins | undefined, rank: number): Origins | undefined {
  const sides = [a && summed(a, a.dims.length - 1), b && summed(b, b.dims.length - 2)];
  const known = sides.flatMap((one) => (one && one.dims.length <= rank ? [aligned(one, rank)] : []));
  return known.find(({ at }) => at.some((places) => widthOf(places) > 0)) ?? known[0];
}

/**
 * Elements of which a layer makes weighted sums along an axis; undefined where each sum is of all places
 * along an axis of the input: its weights may keep them apart.
 */
export function summed(from: Origins, axis: number): Origins | undefined {
  const made = merged(from, [axis]);
  const isLost = (places: Float64Array, k: number) => widthOf(places) > 0 && !(widthOf(made.at[k]!) > 0);
  return from.at.some(isLost) ? undefined : made;
}

/** Maps `[N, C, ...positions]` behind a layer over maps, which may be coarser or finer. */
export function resampled({ made, windowAlong }: Step, given: Origins): Origins | 'apart' | undefined {
  if (given.dims.length !== made.length) return undefined;
  let from = summed(given, 1);
  if (from && reachesPast(given, 1, from)) return 'apart';
  for (const [axis, length] of made.entries()) {
    if (!from || from.dims[axis] === 1) continue;
    const window = windowAlong(axis);
    if (window) from = framed(from, axis, window);
    if (from.dims[axis] !== length) from = resized(from, axis, length);
  }
  return from;
}

/** Whether elements that are summed along an axis lie farther apart than the sums do. */
function reachesPast({ dims, at }: Origins, axis: number, sums: Origins): boolean {
  const first = firstAlong(dims, axis);
  return at.some((places, k) => {
    const apart = 1.5 * stepOf(sums.at[k]!);
    return places.some((place, i) => Math.abs(place - places[first(i)]!) > apart);
  });
}

/**
 * What a layer reads along an axis, with the frame that it adds, and without a frame from nowhere of less
 * than it reads at once, which is its padding.
 */
function framed(from: Origins, axis: number, { reach, frame }: Window): Origins {
  const { dims, at } = from;
  const along = indexAlong(dims, axis);
  const shown = new Set<number>();
  for (const [i, place] of at[0]!.entries()) if (!Number.isNaN(place)) shown.add(along(i));
  if (shown.size === 0) return from;
  const [first, last] = [Math.min(...shown), Math.max(...shown)];
  const start = frame[0] + first <= reach ? first : -frame[0];
  const end = frame[1] + dims[axis]! - 1 - last <= reach ? last : dims[axis]! - 1 + frame[1];
  if (start === 0 && end === dims[axis]! - 1) return from;
  const source = (i: number) => (i + start < dims[axis]! ? i + start : -1);
  const length = end - start + 1;
  return rearranged(from, dims.with(axis, length), (index) => index.with(axis, source(index[axis]!)), false);
}

/** Resized along one axis: pixel centres at half integers. */
function resized(from: Origins, axis: number, length: number): Origins {
  const dims = from.dims.with(axis, length);
  const place = (i: number) => {
    const exact = ((i + 0.5) * from.dims[axis]!) / length - 0.5;
    return Math.min(Math.max(exact, 0), from.dims[axis]! - 1);
  };
  const nearest = (round: (place: number) => number) =>
    rearranged(from, dims, (index) => index.with(axis, round(place(index[axis]!))), false).at;
  const [low, high] = [nearest(Math.floor), nearest(Math.ceil)];
  const own = indexAlong(dims, axis);
  const share = (i: number) => place(own(i)) % 1;
  const at = low.map((one, k) => one.map((here, i) => here + share(i) * (high[k]![i]! - here)));
  return narrowed({ dims, at });
}
