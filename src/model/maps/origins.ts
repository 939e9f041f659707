import { intOf, intsOf } from '../../graph/attributes.js';
import { is } from '../../graph/catalogue/index.js';
import { numbers } from '../../graph/elements.js';
import type { Constant, Node } from '../../graph/graph.js';
import { axisOf, range } from '../../graph/shapes.js';
import { sizeOf } from '../../tensor/tensor.js';
import { middleOf, movedAlong, type Window } from './track.js';

/**
 * Where in the input each element of a value comes from, along each of the input's axes of positions; NaN for
 * nowhere, as a class token. A merged element comes from the mean of its places. An axis along which all
 * elements come from the same places has length 1, as where values are broadcast.
 */
export interface Origins {
  readonly dims: readonly number[];
  readonly at: readonly Float64Array[];
}

/** What a node reads and makes. */
export interface Step {
  readonly node: Node;
  /** The output, by its place. */
  readonly place: number;
  /** The origins of the inputs, as far as they are known. */
  readonly origins: readonly (Origins | undefined)[];
  /** How many parts of the image lie on one another in each input. */
  readonly parts: readonly number[];
  /** The lengths of the inputs and of the output. */
  readonly lengths: readonly (readonly number[])[];
  readonly made: readonly number[];
  /** What the node reads at once along an axis of its output; undefined where it reads no windows. */
  windowAlong(axis: number): Window | undefined;
  known(value: string | undefined): Constant | undefined;
}

/** The origins of a node's output: undefined where they are not known, `apart` where its inputs' differ. */
export function originsAfter(step: Step): Origins | 'apart' | undefined {
  const { node, origins, parts, lengths, made } = step;
  const [first, second] = origins;
  if (node.domain !== '' || origins.every((one) => one === undefined)) return undefined;
  if (is(node, 'pointwise')) {
    const shown = withoutMask(step);
    return shown.some((one) => one !== undefined) ? overlaid(shown, parts, made.length) : undefined;
  }
  if (node.op === 'MatMul') return product(first, second, made.length);
  if (node.op === 'Concat') return joined(step);
  if (!first) return undefined;
  if (is(node, 'moves', 'in-order')) return reshaped(first, lengths[0]!, made);
  if (node.op === 'Transpose') {
    const order = intsOf(node, 'perm') ?? range(made.length).reverse();
    return rearranged(
      first,
      order.map((axis) => first.dims[axis]!),
      (index) => order.map((_, axis) => index[order.indexOf(axis)]!),
    );
  }
  if (node.op === 'Expand') return overlaid([first], parts, made.length);
  if (node.op === 'Tile')
    return first.dims.every((from, axis) => from === 1 || from === made[axis]) ? first : undefined;
  if (node.op === 'Gemm') return intOf(node, 'transA', 0) ? undefined : summed(first, 1);
  if (is(node, 'moves', 'cut') || moving.has(node.op)) return moved(step, first);
  if (is(node, 'reduces')) return reduced(step, first);
  if (keeping.has(node.op) || (is(node, 'normalises') && made.length === first.dims.length)) return first;
  return is(node, 'channels') && !is(node, 'moves') ? resampled(step, first) : undefined;
}

/** The inputs' origins; a mask that hides scores shows these alone, not what its condition is made of. */
function withoutMask({ node, origins, known }: Step): Step['origins'] {
  const hides = (value: string) => {
    const constant = known(value);
    return constant !== undefined && numbers(constant).some((score) => score <= -1e4);
  };
  return node.op === 'Where' && node.inputs.slice(1).some(hides) ? origins.with(0, undefined) : origins;
}

const moving = new Set(['Gather', 'Pad', 'ReverseSequence']);
const keeping = new Set(['Softmax', 'LogSoftmax', 'QuantizeLinear', 'DequantizeLinear', 'CumSum']);

/** Elements by their index among those of `from`; an index with an entry below 0 comes from nowhere. */
function rearranged(
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
function narrowed({ dims, at }: Origins): Origins {
  let [left, values] = [dims, at];
  for (const [axis, length] of dims.entries()) {
    const inner = sizeOf(left.slice(axis + 1));
    const alike = (one: Float64Array) =>
      one.every((place, i) => Object.is(place, one[i - (Math.floor(i / inner) % length) * inner]));
    if (length === 1 || !values.every(alike)) continue;
    values = values.map((one) => one.filter((_, i) => Math.floor(i / inner) % length === 0));
    left = left.with(axis, 1);
  }
  return { dims: left, at: values };
}

/** Axes of an input and an output of Reshape that hold the same elements. */
interface Run {
  readonly before: number[];
  readonly after: number[];
}

/** The origins behind a Reshape. */
function reshaped(from: Origins, before: readonly number[], after: readonly number[]): Origins | undefined {
  if (sizeOf(before) !== sizeOf(after)) return undefined;
  const runs = runsOf(from.dims, before, after);
  const dims = runs.flatMap((run) => run.after);
  return rearranged(from, dims, (index) => {
    let axis = 0;
    return runs.flatMap((run) => {
      let flat = run.after.reduce((sum, length) => sum * length + index[axis++]!, 0);
      const source = run.before.map(() => 0);
      for (let i = source.length - 1; i >= 0; i--) {
        source[i] = flat % run.before[i]!;
        flat = Math.floor(flat / run.before[i]!);
      }
      return source;
    });
  });
}

/** The axes by runs of as many elements; lengths along which all elements come from the same places are 1. */
function runsOf(dims: readonly number[], before: readonly number[], after: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (let [i, j] = [0, 0]; i < before.length || j < after.length; ) {
    const start = i;
    const run: Run = { before: [], after: [] };
    let [a, b] = [before[i] ?? 1, 1];
    if (i++ >= before.length || dims[start] === 1) {
      for (; j < after.length && a % after[j]! === 0; a /= after[j++]!) run.after.push(1);
    }
    if (start < before.length) run.before.push(a);
    while (a !== b) {
      if (b < a) run.after.push(after[j]!);
      else run.before.push(before[i]!);
      if (b < a) b *= after[j++]!;
      else a *= before[i++]!;
    }
    const isAlike = dims.slice(start, i).every((length) => length === 1);
    runs.push(isAlike ? { before: run.before.map(() => 1), after: run.after.map(() => 1) } : run);
  }
  return runs;
}

/**
 * What several inputs show, broadcast to each other: an input whose elements all come from one place, or one
 * that is broadcast along places of another, says nothing beside others.
 */
function overlaid(
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

/** For each element the first of those that differ from it along an axis alone. */
function firstAlong(dims: readonly number[], axis: number): (i: number) => number {
  const inner = sizeOf(dims.slice(axis + 1));
  return (i) => i - (Math.floor(i / inner) % dims[axis]!) * inner;
}

const placesIn = (at: Float64Array) => at.filter((place) => !Number.isNaN(place));

/** How far apart the outermost places are. */
function widthOf(at: Float64Array): number {
  let [least, largest] = [Infinity, -Infinity];
  for (const place of at) {
    if (place < least) least = place;
    if (place > largest) largest = place;
  }
  return largest - least;
}

/** The mean distance from one place to the next. */
const stepOf = (at: Float64Array) => widthOf(at) / Math.max(1, new Set(placesIn(at)).size - 1);

/**
 * Rows of a product come from those of its first input and columns from those of its second, whichever of
 * them differ.
 */
function product(a: Origins | undefined, b: Origins | undefined, rank: number): Origins | undefined {
  const sides = [a && summed(a, a.dims.length - 1), b && summed(b, b.dims.length - 2)];
  const known = sides.flatMap((one) => (one && one.dims.length <= rank ? [aligned(one, rank)] : []));
  return known.find(({ at }) => at.some((places) => widthOf(places) > 0)) ?? known[0];
}

/**
 * Elements of which a layer makes weighted sums along an axis; undefined where each sum is of all places
 * along an axis of the input: its weights may keep them apart.
 */
function summed(from: Origins, axis: number): Origins | undefined {
  const made = merged(from, [axis]);
  const isLost = (places: Float64Array, k: number) => widthOf(places) > 0 && !(widthOf(made.at[k]!) > 0);
  return from.at.some(isLost) ? undefined : made;
}

/** Whether elements that are summed along an axis lie farther apart than the sums do. */
function reachesPast({ dims, at }: Origins, axis: number, sums: Origins): boolean {
  const first = firstAlong(dims, axis);
  return at.some((places, k) => {
    const apart = 1.5 * stepOf(sums.at[k]!);
    return places.some((place, i) => Math.abs(place - places[first(i)]!) > apart);
  });
}

/** With axes of length 1 before the others. */
const aligned = ({ dims, at }: Origins, rank: number): Origins => ({
  dims: [...Array(Math.max(0, rank - dims.length)).fill(1), ...dims],
  at,
});

/** Parts laid one after the other along an axis, or above each other where all come from the same places. */
function joined({ node, origins, parts, lengths, made }: Step): Origins | 'apart' | undefined {
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

/** Parts that are cut, picked, padded or turned around along axes. */
function moved({ node, place, lengths, made, known }: Step, from: Origins): Origins | undefined {
  const [before] = lengths;
  const rank = before!.length;
  const picked = node.op === 'Gather' ? axisOf(intOf(node, 'axis', 0), rank) : -1;
  if (picked >= 0 && lengths[1]!.length === 0) {
    const index = known(node.inputs[1]);
    const at = index && axisOf(Number(index.data[0]), before![picked]!);
    if (at === undefined && from.dims[picked] !== 1) return undefined;
    const dims = from.dims.toSpliced(picked, 1);
    return rearranged(from, dims, (i) => [...i.slice(0, picked), at ?? 0, ...i.slice(picked)]);
  }
  if (made.length !== rank) return undefined;
  const tracks = range(rank).map((axis) => {
    if (from.dims[axis] === 1) return undefined;
    const length = before![axis]!;
    const passage = { ...{ node, place, from: axis, rank, known }, length: made[axis]! };
    return movedAlong({ ...passage, lengths: lengths.map((one) => one[axis] ?? 0), tracks: [range(length)] });
  });
  const isLost = (track: (typeof tracks)[number], axis: number) =>
    !track && from.dims[axis] !== 1 && (axis === picked || made[axis] !== before![axis]);
  if (tracks.some(isLost)) return undefined;
  const dims = from.dims.map((length, axis) => (length === 1 ? 1 : made[axis]!));
  return rearranged(from, dims, (index) =>
    index.map((i, axis) => {
      const track = tracks[axis];
      return track ? (track[i] ?? -1) : i;
    }),
  );
}

/** The origins behind a reduction. */
function reduced({ node, lengths, known }: Step, from: Origins): Origins {
  const given = known(node.inputs[1]);
  const listed = given ? [...numbers(given)] : (intsOf(node, 'axes') ?? range(lengths[0]!.length));
  const axes = listed.map((axis) => axisOf(axis, from.dims.length));
  const { dims, at } = merged(from, axes);
  return intOf(node, 'keepdims', 1)
    ? { dims, at }
    : { dims: dims.filter((_, axis) => !axes.includes(axis)), at };
}

/** Elements that are merged along some axes come from the mean of their places. */
export function merged(from: Origins, axes: readonly number[]): Origins {
  if (axes.every((axis) => from.dims[axis] === 1)) return from;
  const dims = from.dims.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const strides = dims.map((length, axis) => (length === 1 ? 0 : sizeOf(dims.slice(axis + 1))));
  const inner = from.dims.map((_, axis) => sizeOf(from.dims.slice(axis + 1)));
  const at = from.at.map((values) => {
    const [sums, counts] = [new Float64Array(sizeOf(dims)), new Float64Array(sizeOf(dims))];
    for (const [i, place] of values.entries()) {
      if (Number.isNaN(place)) continue;
      const to = strides.reduce(
        (sum, stride, axis) => sum + stride * (Math.floor(i / inner[axis]!) % from.dims[axis]!),
        0,
      );
      sums[to]! += place;
      counts[to]!++;
    }
    return sums.map((sum, i) => sum / counts[i]!);
  });
  return narrowed({ dims, at });
}

/** Maps `[N, C, ...positions]` behind a layer over maps, which may be coarser or finer. */
function resampled({ made, windowAlong }: Step, given: Origins): Origins | 'apart' | undefined {
  if (given.dims.length !== made.length) return undefined;
  let from = summed(given, 1);
  if (from && reachesPast(given, 1, from)) return 'apart';
  for (const [axis, length] of made.entries()) {
    if (!from || from.dims[axis] === 1) continue;
    const window = windowAlong(axis);
    if (window) from = framed(from, axis, window);
    if (from.dims[axis] !== length) from = along(from, axis, length);
  }
  return from;
}

/**
 * What a layer reads along an axis, with the frame that it adds, and without a frame from nowhere of less
 * than it reads at once, which is its padding.
 */
function framed(from: Origins, axis: number, { reach, frame }: Window): Origins {
  const { dims, at } = from;
  const inner = sizeOf(dims.slice(axis + 1));
  const shown = new Set<number>();
  for (const [i, place] of at[0]!.entries())
    if (!Number.isNaN(place)) shown.add(Math.floor(i / inner) % dims[axis]!);
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
function along(from: Origins, axis: number, length: number): Origins {
  const dims = from.dims.with(axis, length);
  const place = (i: number) => {
    const exact = ((i + 0.5) * from.dims[axis]!) / length - 0.5;
    return Math.min(Math.max(exact, 0), from.dims[axis]! - 1);
  };
  const nearest = (round: (place: number) => number) =>
    rearranged(from, dims, (index) => index.with(axis, round(place(index[axis]!))), false).at;
  const [low, high] = [nearest(Math.floor), nearest(Math.ceil)];
  const inner = sizeOf(dims.slice(axis + 1));
  const share = (i: number) => place(Math.floor(i / inner) % length) % 1;
  const at = low.map((one, k) => one.map((here, i) => here + share(i) * (high[k]![i]! - here)));
  return narrowed({ dims, at });
}
