import { differing, turnedBits, WORDS } from '../../prepare/pictures/descriptor.js';
import type { Keypoints } from '../../prepare/pictures/keypoints.js';
import { type Symmetry, symmetries } from '../../prepare/pictures/symmetries.js';
import {
  fitted,
  inverted,
  type Point,
  type Projection,
  projected,
  scaleOf,
  similarity,
} from './projection.js';
import type { Hit, Votes } from './votes.js';

/** Where a picture lies on another. */
export interface Placed {
  readonly symmetry: Symmetry;
  readonly isInverted: boolean;
  /** Degrees by which it is tilted once it is turned. */
  readonly tilt: number;
  /** The places of the first that are found on the second. */
  readonly shared: readonly { readonly i: number; readonly j: number }[];
  /** What is typically left between them, in pixels of the coarser picture. */
  readonly error: number;
  /** How many pixels of the first one of the second is wide. */
  readonly scale: number;
  /** From pixels of the first to pixels of the second, as it is. */
  readonly onSecond: (x: number, y: number) => Point;
  /** Where the places of the second are on the first. */
  readonly onFirst: readonly Point[];
}

const TILT = Math.tan((25 * Math.PI) / 180);
/** By how much sizes of the same place differ, as a ratio. */
const SIZES = 1.7;
/** Of so many hits, the clearest, each two tell where the second lies. */
const PAIRED = 40;
/** How far off shared places may be, in longer sides of the second, ever less. */
const REACH = [0.03, 0.02, 0.012];
const PRECISION = 2.5;
/** Shared places by which a placing is told at all, and by which one in perspective is. */
const FEWEST = { any: 5, perspective: 17 };
/** The most bits in which a place differs that is looked for where it must be. */
const ALIKE = 84;

/** Finds where most of the votes agree that the second picture lies, and what they share there. */
export function placed(
  a: Keypoints,
  b: Keypoints,
  { hits, symmetry: index, isInverted }: Votes,
): Placed | undefined {
  const symmetry = symmetries[index]!;
  const from = pointsOf(b).map((point) => turnedPoint(symmetry, b, point));
  const to = pointsOf(a);
  const extent = Math.max(b.width, b.height);
  const start = agreed(hits, from, to, REACH[0]! * extent, [a, b]);
  if (start === undefined) return undefined;
  const bits = turnedBits(b.bits, index);
  let map = start;
  let shared: Shared[] = [];
  for (const [round, reach] of REACH.entries()) {
    const radius = Math.max(PRECISION, reach * extent * scaleOf(map));
    shared = sharedOf(a, { ...b, bits }, { map, radius, from, to, isInverted });
    if (shared.length < FEWEST.any) return undefined;
    const terms = round > 0 && shared.length >= FEWEST.perspective ? 8 : 6;
    map =
      fitted(
        shared.map(({ j }) => from[j]!),
        shared.map(({ i }) => to[i]!),
        terms,
      ) ?? map;
  }
  const scale = scaleOf(map);
  if (!(scale > 0)) return undefined;
  const errors = shared.map(({ i, j }) => apart(projected(map, from[j]!), to[i]!)).sort((x, y) => x - y);
  const back = inverted(map);
  return {
    ...{ symmetry, isInverted, shared, scale },
    error: errors[errors.length >> 1]! / Math.max(1, scale),
    tilt: (Math.atan2(map[3]!, map[0]!) * 180) / Math.PI,
    onFirst: from.map((point) => projected(map, point)),
    onSecond: (x, y) => originalPoint(symmetry, b, projected(back, [x, y])),
  };
}

interface Shared {
  readonly i: number;
  readonly j: number;
  readonly bits: number;
}

/**
 * Where most hits agree: of the similarities by two hits each, the one that most hits follow, then the affine
 * map by those, as long as more follow it: a picture may be stretched.
 */
function agreed(
  hits: readonly Hit[],
  from: readonly Point[],
  to: readonly Point[],
  reach: number,
  [a, b]: readonly [Keypoints, Keypoints],
): Projection | undefined {
  const isSized = ({ i, j }: Hit, scale: number) => ratio(a.size[i]!, b.size[j]! * scale) < SIZES;
  const following = (map: Projection) => {
    const scale = scaleOf(map);
    const found = new Map<number, Hit>();
    for (const hit of hits)
      if (apart(projected(map, from[hit.j]!), to[hit.i]!) < reach * scale && isSized(hit, scale))
        found.set(hit.i, hit);
    return [...found.values()];
  };
  const clearest = [...hits].sort((p, q) => p.bits - q.bits).slice(0, PAIRED);
  let best: { readonly map?: Projection; readonly by: readonly Hit[] } = { by: [] };
  for (const [n, p] of clearest.entries()) {
    for (const q of clearest.slice(0, n)) {
      if (p.i === q.i) continue;
      const map = similarity([from[p.j]!, from[q.j]!], [to[p.i]!, to[q.i]!]);
      const scale = scaleOf(map);
      if (!(scale > 0) || !(Math.abs(map[3]!) < TILT * map[0]!)) continue;
      if (!isSized(p, scale) || !isSized(q, scale)) continue;
      const by = following(map);
      if (by.length >= FEWEST.any && by.length > best.by.length) best = { map, by };
    }
  }
  for (let grows = best.map !== undefined; grows; ) {
    const { by } = best;
    const map = fitted(
      by.map(({ j }) => from[j]!),
      by.map(({ i }) => to[i]!),
      6,
    );
    const more = map === undefined ? [] : following(map);
    grows = more.length > by.length;
    if (grows) best = { map: map!, by: more };
  }
  return best.map;
}

/** For each place of the second, the one of the first where it must be; each of these once. */
function sharedOf(
  a: Keypoints,
  b: Keypoints,
  {
    map,
    radius,
    from,
    to,
    isInverted,
  }: {
    readonly map: Projection;
    readonly radius: number;
    readonly from: readonly Point[];
    readonly to: readonly Point[];
    readonly isInverted: boolean;
  },
): Shared[] {
  const scale = scaleOf(map);
  const found = new Map<number, Shared>();
  for (const [j, point] of from.entries()) {
    const [x, y] = projected(map, point);
    if (x < 0 || y < 0 || x >= a.width || y >= a.height) continue;
    let nearest: Shared | undefined;
    for (const [i, [u, v]] of to.entries()) {
      if (Math.abs(u - x) > radius || Math.abs(v - y) > radius) continue;
      if ((a.bright[i] === b.bright[j]) === isInverted) continue;
      if (ratio(a.size[i]!, b.size[j]! * scale) > SIZES) continue;
      const bits = differing(a.bits, WORDS * i, b.bits, WORDS * j);
      if (bits <= ALIKE && bits < (nearest?.bits ?? Number.POSITIVE_INFINITY)) nearest = { i, j, bits };
    }
    if (nearest === undefined) continue;
    const known = found.get(nearest.i);
    if (known === undefined || nearest.bits < known.bits) found.set(nearest.i, nearest);
  }
  return [...found.values()];
}

const apart = ([x, y]: Point, [u, v]: Point) => Math.hypot(x - u, y - v);
const ratio = (one: number, other: number) => Math.max(one / other, other / one);

const pointsOf = ({ x, y }: Keypoints) => Array.from(x, (_, i): Point => [x[i]!, y[i]!]);

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where a pixel is once its picture is turned. */
function turnedPoint(
  { transposed, mirroredX, mirroredY }: Symmetry,
  { width, height }: Size,
  [x, y]: Point,
): Point {
  const [u, v] = [mirroredX ? width - 1 - x : x, mirroredY ? height - 1 - y : y];
  return transposed ? [v, u] : [u, v];
}

/** Where a pixel of a turned picture was. */
function originalPoint(
  { transposed, mirroredX, mirroredY }: Symmetry,
  { width, height }: Size,
  [x, y]: Point,
): Point {
  const [u, v] = transposed ? [y, x] : [x, y];
  return [mirroredX ? width - 1 - u : u, mirroredY ? height - 1 - v : v];
}
