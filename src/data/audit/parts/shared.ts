import type { Keypoints } from '../../prepare/pictures/keypoints.js';
import type { Print } from '../../prepare/pictures/print.js';
import { type Box, CELLS, type Cell, cellsOf, correlation, typical } from './likeness.js';
import { type Placed, placed } from './placed.js';
import type { Point } from './projection.js';
import type { Votes } from './votes.js';

/** A picture whose places are known. */
export type Pictured = Print & { readonly keypoints: Keypoints };

/** What two pictures share. */
export interface SharedPart {
  /** How alike it is, up to 1. */
  readonly score: number;
  /** How it is turned, tilted or inverted. */
  readonly how: string;
}

/** The least number of places that two pictures share, and their share of the places where they do. */
const LEAST = { places: 12, share: 0.35 };
/** Places at either end that do not count for where a shared part ends. */
const ENDS = 0.02;
/** Degrees from which on a part is called tilted. */
const TILTED = 1.5;
/**
 * How alike a part must be: the more, the less exactly its places fit, in shares of its longer side. Another
 * picture of the same patient has the same places nearly, and the same structure nearly.
 */
const ALIKE = { least: 0.5, most: 0.92, inexact: 100 };
/** Two pictures show something else where they share less than this of so many places and are less alike. */
const OTHER = { places: 9, share: 0.1, alike: 0.4 };
/** From this share of the best on, another placing of the same part tells that it is a pattern. */
const PATTERN = 0.5;

/** The part that two pictures share; `undefined` if they share none, or a pattern that fits in many ways. */
export function sharedPart(a: Pictured, b: Pictured, votes: readonly Votes[]): SharedPart | undefined {
  const found = votes
    .flatMap((of) => placings(a, b, of))
    .sort((p, q) => q.placed.shared.length - p.placed.shared.length);
  const [best] = found;
  if (best === undefined) return undefined;
  const isPattern = found
    .slice(1)
    .some(
      (other) =>
        (other.placed.symmetry !== best.placed.symmetry ||
          other.placed.isInverted !== best.placed.isInverted) &&
        other.placed.shared.length >= PATTERN * best.placed.shared.length &&
        overlap(best.boxes[0], other.boxes[0]) &&
        overlap(best.boxes[1], other.boxes[1]),
    );
  if (isPattern) return undefined;
  const { symmetry, isInverted, tilt } = best.placed;
  const how = [
    symmetry.name,
    Math.abs(tilt) > TILTED ? 'tilted by a few degrees' : '',
    isInverted ? 'inverted' : '',
  ];
  return { score: best.score, how: how.filter(Boolean).join(', ') };
}

interface Placing {
  readonly placed: Placed;
  readonly boxes: readonly [Box, Box];
  readonly score: number;
}

/** Where votes place a picture. What frames both may win the first time, and what it frames the second. */
function placings(a: Pictured, b: Pictured, votes: Votes): Placing[] {
  const first = placed(a.keypoints, b.keypoints, votes);
  if (first === undefined) return [];
  const placing = confirmed(a, b, first);
  if (placing !== undefined) return [placing];
  const taken = new Set(first.shared.map(({ j }) => j));
  const hits = votes.hits.filter(({ j }) => !taken.has(j));
  const second = placed(a.keypoints, b.keypoints, { ...votes, hits });
  return [second && confirmed(a, b, second)].flatMap((found) => found ?? []);
}

function confirmed(a: Pictured, b: Pictured, found: Placed): Placing | undefined {
  const { shared, scale, error, onSecond, isInverted } = found;
  if (shared.length < LEAST.places) return undefined;
  const [p, q] = [a.keypoints, b.keypoints];
  const boxes = [
    boxOf(
      p,
      shared.map(({ i }) => i),
    ),
    boxOf(
      q,
      shared.map(({ j }) => j),
    ),
  ] as const;
  const fewer = Math.min(countIn(p, boxes[0]), countIn(q, boxes[1]));
  if (shared.length < LEAST.share * fewer) return undefined;
  const [one, other] = [shownOf(a), shownOf(b)];
  const cells = cellsOf(one, other, boxes[0], onSecond, isInverted ? -1 : 1);
  const score = typical(cells);
  const side = Math.max(boxes[0].right - boxes[0].left, boxes[0].bottom - boxes[0].top) / Math.max(1, scale);
  const alike = Math.min(ALIKE.most, ALIKE.least + (ALIKE.inexact * error) / side);
  if (score < alike || isContradicted(p, found, boxes[0], cells)) return undefined;
  return { placed: found, boxes, score };
}

const shownOf = ({ small, keypoints: { width, height } }: Pictured) => ({ small, width, height });

function boxOf({ x, y }: Keypoints, places: readonly number[]): Box {
  const ends = (of: Float32Array) => {
    const sorted = places.map((place) => of[place]!).sort((u, v) => u - v);
    const out = Math.round(ENDS * (sorted.length - 1));
    return [sorted[out]!, sorted[sorted.length - 1 - out]!] as const;
  };
  const [[left, right], [top, bottom]] = [ends(x), ends(y)];
  return { left, top, right, bottom };
}

const countIn = ({ x, y }: Keypoints, { left, top, right, bottom }: Box) =>
  x.reduce((sum, at, i) => (at >= left && at <= right && y[i]! >= top && y[i]! <= bottom ? sum + 1 : sum), 0);

/**
 * Whether a window of a box shows something else on either picture: it has many places on both, of which
 * they share hardly any, and is not alike. So it is where the same viewer or page frames two pictures.
 */
function isContradicted(
  a: Keypoints,
  { shared, onFirst }: Placed,
  box: Box,
  cells: readonly Cell[],
): boolean {
  const cellOf = ([x, y]: Point) => {
    const column = Math.floor((CELLS * (x - box.left)) / (box.right - box.left));
    const row = Math.floor((CELLS * (y - box.top)) / (box.bottom - box.top));
    return column >= 0 && row >= 0 && column < CELLS && row < CELLS ? row * CELLS + column : -1;
  };
  const counted = (points: readonly Point[]) => {
    const counts = new Float64Array(CELLS ** 2);
    for (const cell of points.map(cellOf)) if (cell >= 0) counts[cell]! += 1;
    return counts;
  };
  const points = Array.from(a.x, (x, i): Point => [x, a.y[i]!]);
  const ofBoth = [points, onFirst, shared.map(({ i }) => points[i]!)].map(counted);
  return cells.some((_, first) => {
    if (first % CELLS === CELLS - 1 || first >= CELLS * (CELLS - 1)) return false;
    const window = [first, first + 1, first + CELLS, first + CELLS + 1];
    const [one, other, both] = ofBoth.map((of) => window.reduce((sum, cell) => sum + of[cell]!, 0));
    const alike = correlation(window.map((cell) => cells[cell]!));
    const fewer = Math.min(one!, other!);
    return fewer >= OTHER.places && both! < OTHER.share * fewer && alike !== undefined && alike < OTHER.alike;
  });
}

/** Whether boxes have a good part of the smaller one in common. */
function overlap(one: Box, other: Box): boolean {
  const area = (of: Box) => Math.max(0, of.right - of.left) * Math.max(0, of.bottom - of.top);
  const both = {
    left: Math.max(one.left, other.left),
    top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right),
    bottom: Math.min(one.bottom, other.bottom),
  };
  return area(both) > Math.min(area(one), area(other)) / 2;
}
