import { intOf, intsOf } from '../../graph/attributes.js';
import { windowAxis } from '../../graph/axes.js';
import { numbers } from '../../graph/elements.js';
import type { Constant, Node } from '../../graph/graph.js';
import { axisOf, range } from '../../graph/shapes.js';

/**
 * Which place along an axis of the input each place along an axis of a value shows; none for padding, and NaN
 * for padding that a layer has read. It may have more places than the value, which then shows several at one.
 */
export type Track = readonly (number | undefined)[];

const isPlace = (place: number | undefined): place is number => place !== undefined && !Number.isNaN(place);

/** What a layer reads at once along an axis of its maps. */
export interface Window {
  /** How many steps apart its outermost positions are. */
  readonly reach: number;
  /** How many places of a frame the layer adds before and behind what it reads. */
  readonly frame: readonly [number, number];
}

/** One axis through one node: where it lies in the node's input and output. */
export interface Passage {
  readonly node: Node;
  /** The tracks of the node's inputs along the axis; none for one that does not have it. */
  readonly tracks: readonly (Track | undefined)[];
  /** How many parts of the image lie on one another in each input. */
  readonly parts: readonly number[];
  /** The axis in the inputs that have it. */
  readonly from: number;
  /** The number of axes of these inputs. */
  readonly rank: number;
  /** The length of the output along the axis, and of each input. */
  readonly length: number;
  readonly lengths: readonly number[];
  /** The node's output, by its place. */
  readonly place: number;
  /** Undefined for a node that reads no windows. */
  readonly window: Window | undefined;
  known(value: string | undefined): Constant | undefined;
}

/**
 * The track of a node's output: what moves, cuts, pads and resizes positions is followed. Undefined where the
 * node joins inputs that show different places, or moves them by numbers that are not known.
 */
export function trackAfter(passage: Passage): Track | undefined {
  const { node, tracks, parts, lengths, length, window } = passage;
  if (moves[node.op]) {
    const fine = tracks.map((track, i) => track && stretched(track, lengths[i]!));
    const moved = thinned(passage, fine) ?? movedAlong({ ...passage, tracks: fine });
    if (moved || fine.find((track) => track !== undefined)!.length !== length) return moved;
  }
  const known = tracks.flatMap((track, i) =>
    track ? [{ track, full: lengths[i] === length, parts: parts[i]! }] : [],
  );
  const { track, full } = known.find((one) => one.full) ?? known[0]!;
  const alike = known.filter((one) => one.full === full);
  const others = alike.filter((one) => one.track !== track);
  if (others.some((other) => !isSame(other.track, track))) {
    const fine = alike.map((one) => stretched(one.track, length));
    if (fine.some((one) => !areAlike(one, fine[0]!))) return undefined;
    const whole = node.op === 'Concat' ? widestOf(alike.map((one) => one.track)) : undefined;
    if (whole) return whole;
    const weights = alike.map((one) => one.parts);
    return fine[0]!.map((_, i) =>
      middleOf(
        fine.map((one) => one[i]),
        weights,
      ),
    );
  }
  const isFramed = window?.frame.some((count) => count > 0);
  if (!window || !(isFramed || track.includes(undefined))) return track;
  const read = stretched(track, lengths[tracks.indexOf(track)]!);
  return withoutPads([...blank(window.frame[0]), ...read, ...blank(window.frame[1])], window.reach);
}

/**
 * The track of positions picked at even steps from all of an axis: they stand for those between them, too, as
 * do those of a layer with strides. Undefined for others.
 */
function thinned(passage: Passage, [track, ...others]: Passage['tracks']): Track | undefined {
  const { length, lengths } = passage;
  if (others.some((other) => other !== undefined) || !track?.every(isPlace)) return undefined;
  const picked = movedAlong({ ...passage, tracks: [range(lengths[0]!)] })?.filter(isPlace) ?? [];
  const [first = 0, second = 0] = picked;
  const step = second - first;
  const isEven = picked.every((place, i) => place === first + i * step);
  const [low, high] = [first, picked.at(-1) ?? 0].sort((a, b) => a - b) as [number, number];
  const [before, behind] = [low, lengths[0]! - 1 - high];
  if (picked.length < length || !isEven || Math.abs(step) <= Math.max(1, before, behind)) return undefined;
  return stretched(step > 0 ? track : [...track].reverse(), length);
}

/** The track that reaches as far as all others at both ends, as that of a whole beside parts cut from it. */
function widestOf(tracks: readonly Track[]): Track | undefined {
  const extents = tracks.map((track) => {
    const [half, places] = [usualStep(track) / 2, track.filter(isPlace)];
    return [Math.min(...places) - half, Math.max(...places) + half] as const;
  });
  const start = Math.min(...extents.map(([first]) => first)) + 1e-6;
  const end = Math.max(...extents.map(([, last]) => last)) - 1e-6;
  return tracks[extents.findIndex(([first, last]) => first <= start && last >= end)];
}

/**
 * Where values that lie on one another come from: the mean of their places, each as often as its weight says;
 * where none is known, as the first.
 */
export function middleOf(
  places: readonly (number | undefined)[],
  weights: readonly number[],
): number | undefined {
  const [first, ...others] = places.flatMap((place, i) => (isPlace(place) ? [{ place, i }] : []));
  if (first === undefined) return places[0];
  if (others.every(({ place }) => place === first.place)) return first.place;
  const all = [first, ...others];
  const sum = all.reduce((sofar, { place, i }) => sofar + weights[i]! * place, 0);
  return sum / all.reduce((sofar, { i }) => sofar + weights[i]!, 0);
}

/** Whether two lists hold the same places. */
export function isSame(a: ArrayLike<number | undefined>, b: ArrayLike<number | undefined>): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

const blank = (count: number) => Array<undefined>(Math.max(0, count)).fill(undefined);

/** Whether two tracks show the same places but for their ends, as close as a place and the next. */
function areAlike(a: Track, b: Track): boolean {
  if (a === b) return true;
  const by = 1.5 * Math.max(usualStep(a), usualStep(b));
  const apart = a.filter((place, i) => {
    const other = b[i];
    return isPlace(place) && isPlace(other) ? Math.abs(place - other) > by : isPlace(place) || isPlace(other);
  });
  return apart.length === 0 || (apart.length <= 2 && a.length > 4);
}

/** A track without padding that belongs to the layer behind it: less than it reads at once. */
function withoutPads(track: Track, reach: number): Track {
  const first = track.findIndex((place) => place !== undefined);
  const last = track.findLastIndex((place) => place !== undefined);
  if (first < 0) return track;
  const [before, after] = [first, track.length - 1 - last];
  const kept = track.slice(before <= reach ? before : 0, track.length - (after <= reach ? after : 0));
  return kept.map((place) => place ?? Number.NaN);
}

/** The track of what cuts, pads, joins or turns positions around along an axis; else undefined. */
export const movedAlong = (passage: Moved): Track | undefined =>
  moves[passage.node.op]?.(passage, passage.tracks.find((track) => track !== undefined)!);

type Moved = Omit<Passage, 'window' | 'parts'>;

type Move = (passage: Moved, track: Track) => Track | undefined;

const moves: Readonly<Record<string, Move>> = {
  Slice({ node, from, rank, known, length }, track) {
    const given = (input: number, attribute: string) => {
      const value = known(node.inputs[input]);
      return value ? [...numbers(value)] : intsOf(node, attribute);
    };
    const [starts, ends] = [given(1, 'starts'), given(2, 'ends')];
    const at = (given(3, 'axes') ?? starts?.map((_, i) => i))?.findIndex((a) => axisOf(a, rank) === from);
    if (starts === undefined || at === undefined || at < 0) return undefined;
    const step = given(4, 'steps')?.[at] ?? 1;
    if (ends === undefined) {
      const first = Math.min(axisOf(starts[at]!, track.length), track.length - 1);
      return Array.from({ length }, (_, i) => track[first + i * step]);
    }
    const place = (i: number) => (i < 0 ? i + track.length : i);
    const cut: (number | undefined)[] = [];
    if (step > 0)
      for (let i = Math.max(0, place(starts[at]!)); i < Math.min(place(ends[at]!), track.length); i += step)
        cut.push(track[i]);
    else
      for (
        let i = Math.min(place(starts[at]!), track.length - 1);
        i > Math.max(place(ends[at]!), -1);
        i += step
      )
        cut.push(track[i]);
    return cut;
  },
  Split({ node, from, rank, place, lengths, known, length }, track) {
    if (axisOf(intOf(node, 'axis', 0), rank) !== from) return undefined;
    const given = known(node.inputs[1]);
    const sizes = given ? [...numbers(given)] : intsOf(node, 'split');
    const each = sizes ?? Array(node.outputs.length).fill(Math.ceil(lengths[0]! / node.outputs.length));
    const first = each.slice(0, place).reduce((a, b) => a + b, 0);
    return track.slice(first, first + length);
  },
  Pad({ node, from, rank, known }, track) {
    const given = known(node.inputs[1]);
    const pads = given ? [...numbers(given)] : (intsOf(node, 'pads') ?? []);
    const listed = known(node.inputs[3]);
    const axes = listed ? [...numbers(listed)].map((a) => axisOf(a, rank)) : pads.map((_, i) => i);
    const at = axes.slice(0, pads.length / 2).indexOf(from);
    if (at < 0) return undefined;
    const [before, after] = [pads[at]!, pads[at + pads.length / 2]!];
    const kept = track.slice(Math.max(0, -before), track.length - Math.max(0, -after));
    return [...blank(before), ...kept, ...blank(after)];
  },
  Concat({ node, from, rank, tracks, lengths }) {
    if (axisOf(intOf(node, 'axis', 0), rank) !== from) return undefined;
    return tracks.flatMap((track, i) => track ?? Array<undefined>(lengths[i]!).fill(undefined));
  },
  Gather({ node, from, rank, known }, track) {
    const picked = known(node.inputs[1]);
    if (!picked || axisOf(intOf(node, 'axis', 0), rank) !== from) return undefined;
    const at = (i: number) => track[axisOf(i, track.length)];
    return middlesOf(picked).map(([a, b]) => middleOf([at(a), at(b)], [1, 1]));
  },
  ReverseSequence: ({ node, from }, track) =>
    intOf(node, 'time_axis', 0) === from ? [...track].reverse() : undefined,
};

/** The places that a node picks, each twice; of a table of windows the two in the middle of each. */
function middlesOf(picked: Constant): readonly (readonly [number, number])[] {
  const places = [...numbers(picked)];
  const along = windowAxis(picked);
  if (along === undefined) return places.map((place) => [place, place]);
  const [rows, columns] = picked.shape as readonly [number, number];
  const [windows, size] = along === 0 ? [rows, columns] : [columns, rows];
  const at = (window: number, k: number) =>
    places[along === 0 ? window * columns + k : k * columns + window]!;
  return range(windows).map((window) => [at(window, (size - 1) >> 1), at(window, size >> 1)]);
}

/**
 * A track resized to another length: pixel centres at half integers. Halfway between a place and none it is
 * by the place.
 */
export function stretched(track: Track, length: number): Track {
  if (track.length === length) return track;
  const scale = track.length / length;
  return Array.from({ length }, (_, j) => {
    const at = (j + 0.5) * scale - 0.5;
    const [low, high] = [Math.ceil(at - 0.5), Math.floor(at + 0.5)].map((i) =>
      Math.min(Math.max(i, 0), track.length - 1),
    ) as [number, number];
    const i = isPlace(track[high]) ? high : low;
    const here = track[i];
    return here === undefined ? undefined : here + (at - i) * slopeAt(track, i);
  });
}

/** How far the input's place moves from one place of a track to the next, by the nearer neighbour. */
function slopeAt(track: Track, i: number): number {
  const steps = [i - 1, i].flatMap((k) => {
    const [a, b] = [track[k], track[k + 1]];
    return isPlace(a) && isPlace(b) ? [b - a] : [];
  });
  return steps.reduce((least, step) => (Math.abs(step) < Math.abs(least) ? step : least), steps[0] ?? 0);
}

/**
 * For each of `length` places of the input, where it lies in a track, as a fraction of its length; NaN where
 * the track does not show it. Undefined where it shows a place twice.
 */
export function sightOf(track: Track, length: number): Float64Array | undefined {
  const gap = usualStep(track);
  const sight = new Float64Array(length).fill(Number.NaN);
  for (const [i, here] of track.entries()) {
    if (!isPlace(here)) continue;
    const joined = (k: number) => {
      const other = track[k];
      return isPlace(other) && other !== here && Math.abs(other - here) <= 1.5 * gap ? other : undefined;
    };
    const [last, next] = [joined(i - 1), joined(i + 1)];
    const slope = (next !== undefined ? next - here : last !== undefined ? here - last : gap) || 1;
    const reach: readonly [number, number] = [last === undefined ? -0.5 : 0, next === undefined ? 0.5 : 1];
    const [a, b] = reach.map((part) => here + part * slope) as [number, number];
    const [from, to] = [Math.ceil(Math.min(a, b) - 1e-6), Math.floor(Math.max(a, b) + 1e-6)];
    for (let p = Math.max(0, from); p <= Math.min(to, length - 1); p++) {
      const at = i + (p - here) / slope;
      const before = sight[p]! * track.length - 0.5;
      if (Math.abs(before - at) > 1) return undefined;
      sight[p] = (at + 0.5) / track.length;
    }
  }
  return sight;
}

function usualStep(track: Track): number {
  const steps = track.slice(1).flatMap((b, i) => {
    const a = track[i];
    return isPlace(a) && isPlace(b) && a !== b ? [Math.abs(b - a)] : [];
  });
  return steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 1;
}
