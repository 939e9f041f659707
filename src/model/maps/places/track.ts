/**
 * Which place along an axis of the input each place along an axis of a value shows; none for padding, and NaN
 * for padding that a layer has read. It may have more places than the value, which then shows several at one.
 */
export type Track = readonly (number | undefined)[];

/** What a layer reads at once along an axis of its maps. */
export interface Window {
  /** How many steps apart its outermost positions are. */
  readonly reach: number;
  /** How many places of a frame the layer adds before and behind what it reads. */
  readonly frame: readonly [number, number];
}

export const isPlace = (place: number | undefined): place is number =>
  place !== undefined && !Number.isNaN(place);

export const blank = (count: number) => Array<undefined>(Math.max(0, count)).fill(undefined);

/** Whether two lists hold the same places. */
export function isSame(a: ArrayLike<number | undefined>, b: ArrayLike<number | undefined>): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
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

/** Whether two tracks show the same places but for their ends, as close as a place and the next. */
export function areAlike(a: Track, b: Track): boolean {
  if (a === b) return true;
  const by = 1.5 * Math.max(usualStep(a), usualStep(b));
  const apart = a.filter((place, i) => {
    const other = b[i];
    return isPlace(place) && isPlace(other) ? Math.abs(place - other) > by : isPlace(place) || isPlace(other);
  });
  return apart.length === 0 || (apart.length <= 2 && a.length > 4);
}

/** The track that reaches as far as all others at both ends, as that of a whole beside parts cut from it. */
export function widestOf(tracks: readonly Track[]): Track | undefined {
  const extents = tracks.map((track) => {
    const [half, places] = [usualStep(track) / 2, track.filter(isPlace)];
    return [Math.min(...places) - half, Math.max(...places) + half] as const;
  });
  const start = Math.min(...extents.map(([first]) => first)) + 1e-6;
  const end = Math.max(...extents.map(([, last]) => last)) - 1e-6;
  return tracks[extents.findIndex(([first, last]) => first <= start && last >= end)];
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
