import { range } from '../../../graph/shapes.js';
import { mayMove, movedAlong, type Passage } from './moves.js';
import {
  areAlike,
  blank,
  isPlace,
  isSame,
  middleOf,
  stretched,
  type Track,
  type Window,
  widestOf,
} from './track.js';

/** What else a node makes of the positions along an axis. */
export interface Joining extends Passage {
  /** How many parts of the image lie on one another in each input. */
  readonly parts: readonly number[];
  /** Undefined for a node that reads no windows. */
  readonly window: Window | undefined;
}

/**
 * The track of a node's output: what moves, cuts, pads and resizes positions is followed. Undefined where the
 * node joins inputs that show different places, or moves them by numbers that are not known.
 */
export function trackAfter(passage: Joining): Track | undefined {
  const { node, tracks, parts, lengths, length, window } = passage;
  if (mayMove(node)) {
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

/** A track without padding that belongs to the layer behind it: less than it reads at once. */
function withoutPads(track: Track, reach: number): Track {
  const first = track.findIndex((place) => place !== undefined);
  const last = track.findLastIndex((place) => place !== undefined);
  if (first < 0) return track;
  const [before, after] = [first, track.length - 1 - last];
  const kept = track.slice(before <= reach ? before : 0, track.length - (after <= reach ? after : 0));
  return kept.map((place) => place ?? Number.NaN);
}
