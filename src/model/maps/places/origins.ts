import { sizeOf } from '../../../tensor/tensor.js';

/**
 * Where in the input each element of a value comes from, along each of the input's axes of positions; NaN for
 * nowhere, as a class token. A merged element comes from the mean of its places. An axis along which all
 * elements come from the same places has length 1, as where values are broadcast.
 */
export interface Origins {
  readonly dims: readonly number[];
  readonly at: readonly Float64Array[];
}

/** Elements by their index among those of `from`; an index with an entry below 0 comes from nowhere. */
export function rearranged(
  from: Origins,
  dims: readonly number[],
  source: (index: readonly number[]) => readonly number[],
  narrow = true,
): Origins {
  const strides = from.dims.map((_, axis) => sizeOf(from.dims.slice(axis + 1)));
  const at = from.at.map(() => new Float64Array(sizeOf(dims)));
  const index = dims.map(() => 0);
  for (let i = 0; i < at[0]!.length; i++) {
    const found = source(index);
    const place = found.some((j) => j < 0)
      ? undefined
      : found.reduce((sum, j, axis) => sum + (from.dims[axis] === 1 ? 0 : j) * strides[axis]!, 0);
    for (const [k, values] of at.entries())
      values[i] = place === undefined ? Number.NaN : from.at[k]![place]!;
    for (let axis = dims.length - 1; axis >= 0 && ++index[axis]! === dims[axis]; axis--) index[axis] = 0;
  }
  return narrow ? narrowed({ dims, at }) : { dims, at };
}

/** Without the axes along which all elements come from the same places. */
export function narrowed({ dims, at }: Origins): Origins {
  let [left, values] = [dims, at];
  for (const [axis, length] of dims.entries()) {
    const first = firstAlong(left, axis);
    const alike = (one: Float64Array) => one.every((place, i) => Object.is(place, one[first(i)]));
    if (length === 1 || !values.every(alike)) continue;
    values = values.map((one) => one.filter((_, i) => first(i) === i));
    left = left.with(axis, 1);
  }
  return { dims: left, at: values };
}

/** Elements that are merged along some axes come from the mean of their places. */
export function merged(from: Origins, axes: readonly number[]): Origins {
  if (axes.every((axis) => from.dims[axis] === 1)) return from;
  const dims = from.dims.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const strides = dims.map((length, axis) => (length === 1 ? 0 : sizeOf(dims.slice(axis + 1))));
  const along = dims.map((_, axis) => indexAlong(from.dims, axis));
  const at = from.at.map((values) => {
    const [sums, counts] = [new Float64Array(sizeOf(dims)), new Float64Array(sizeOf(dims))];
    for (const [i, place] of values.entries()) {
      if (Number.isNaN(place)) continue;
      const to = strides.reduce((sum, stride, axis) => sum + stride * along[axis]!(i), 0);
      sums[to]! += place;
      counts[to]!++;
    }
    return sums.map((sum, i) => sum / counts[i]!);
  });
  return narrowed({ dims, at });
}

/** With axes of length 1 before the others. */
export const aligned = ({ dims, at }: Origins, rank: number): Origins => ({
  dims: [...Array(Math.max(0, rank - dims.length)).fill(1), ...dims],
  at,
});

/** The index along an axis of each element. */
export function indexAlong(dims: readonly number[], axis: number): (i: number) => number {
  const inner = sizeOf(dims.slice(axis + 1));
  return (i) => Math.floor(i / inner) % dims[axis]!;
}

/** For each element the first of those that differ from it along an axis alone. */
export function firstAlong(dims: readonly number[], axis: number): (i: number) => number {
  const [inner, index] = [sizeOf(dims.slice(axis + 1)), indexAlong(dims, axis)];
  return (i) => i - index(i) * inner;
}

const placesIn = (at: Float64Array) => at.filter((place) => !Number.isNaN(place));

/** How far apart the outermost places are. */
export function widthOf(at: Float64Array): number {
  let [least, largest] = [Infinity, -Infinity];
  for (const place of at) {
    if (place < least) least = place;
    if (place > largest) largest = place;
  }
  return largest - least;
}

/** The mean distance from one place to the next. */
export const stepOf = (at: Float64Array) => widthOf(at) / Math.max(1, new Set(placesIn(at)).size - 1);
