import type { Size } from '../../formats/boxes.js';
import {
  HASH_SIDE,
  hammingDistance,
  INVERTIBLE,
  type PerceptualHash,
  perceptualHash,
} from '../../prepare/pictures/hash.js';
import { fineStructure, type Part, partOf, type Summed, summed } from '../../prepare/pictures/part.js';
import { SMALL_SIDE } from '../../prepare/pictures/print.js';
import { typical } from './typical.js';

/** A view of a picture that may be a part of another. */
export interface View {
  readonly ratio: number;
  /** The shares of the picture's width and height, within bare edges, that are compared. */
  readonly share: Size;
  readonly hash: PerceptualHash;
  /** Fine structure on a coarse and on a fine grid. */
  readonly coarse: Float32Array;
  readonly fine: Float32Array;
}

/** A picture that others may be parts of. */
export interface Whole {
  readonly ratio: number;
  readonly share: Size;
  readonly sums: Summed;
  /** Hashes of its parts, by the parts' list. */
  readonly hashes: Map<readonly Part[], readonly PerceptualHash[]>;
}

const [COARSE, FINE] = [24, 48];
/** All of a picture. */
export const ALL: Part = { x: 0, y: 0, width: 1, height: 1 };

/** A picture `shown` in `SMALL_SIDE` x `SMALL_SIDE` pixels that is `ratio` times as wide as high. */
export function viewOf(shown: Float32Array, ratio: number, share: Size): View {
  const sums = summed(shown, SMALL_SIDE);
  return {
    ...{ ratio, share },
    hash: perceptualHash(partOf(sums, ALL, HASH_SIDE)),
    coarse: fineStructure(partOf(sums, ALL, COARSE), COARSE),
    fine: fineStructure(partOf(sums, ALL, FINE), FINE),
  };
}

/** Shares of a side that a part has, and how far apart its places are, in shares of the part. */
const SIZES = Array.from({ length: 7 }, (_, k) => 0.9 ** k);
const PITCH = 0.08;
/** By how much the proportions of a part may differ from those of the other picture, as a logarithm. */
const STRETCH = 0.06;

const intervals = SIZES.flatMap((size) => {
  const steps = Math.ceil((1 - size) / (PITCH * size) - 1e-9);
  return Array.from({ length: steps + 1 }, (_, i) => ({
    at: steps === 0 ? 0 : ((1 - size) * i) / steps,
    size,
  }));
});

const lists = new Map<number, readonly Part[]>();

/** The parts of a picture whose width is to its height as `ratio`, up to 2 %, times that of the picture. */
function partsOf(ratio: number): readonly Part[] {
  const key = Math.round(50 * Math.log(ratio));
  const known = lists.get(key);
  if (known !== undefined) return known;
  const made = intervals.flatMap(({ at: x, size: width }) =>
    intervals
      .filter(({ size: height }) => Math.abs(Math.log(width / height) - key / 50) < STRETCH)
      .map(({ at: y, size: height }) => ({ x, y, width, height })),
  );
  lists.set(key, made);
  return made;
}

function hashesOf(whole: Whole, parts: readonly Part[]): readonly PerceptualHash[] {
  const known = whole.hashes.get(parts);
  if (known !== undefined) return known;
  const made = parts.map((part) => perceptualHash(partOf(whole.sums, part, HASH_SIDE)));
  whole.hashes.set(parts, made);
  return made;
}

/** Correlations below which a finer comparison is not worth its time. */
const HOPE = { start: 0.3, coarse: 0.88 };
/** So many of the nearest candidates are compared. */
const CANDIDATES = 12;
/** From this share of the area on, a part is the whole. */
const MOST = 0.99;

/** Whether two pictures have bare edges alike, so that where all of both is the same, none is cropped. */
const areAlike = (a: Size, b: Size): boolean =>
  Math.abs(a.width - b.width) < 0.02 && Math.abs(a.height - b.height) < 0.02;

interface Place {
  readonly at: Part;
  readonly isInverted: boolean;
}

/** A view of one picture and the places of another whose hashes are near its own, the nearest first. */
export interface Near {
  readonly whole: Whole;
  readonly view: View;
  readonly places: readonly (Place & { readonly far: number })[];
}

/** The places where a view, or its inverse, may be a part of a picture. */
export function nearOf(whole: Whole, view: View, bits: number): Near {
  const parts = partsOf(view.ratio / whole.ratio);
  const places: (Place & { readonly far: number })[] = [];
  for (const [k, hash] of hashesOf(whole, parts).entries()) {
    const distance = hammingDistance(hash, view.hash);
    if (distance <= bits) places.push({ at: parts[k]!, far: distance, isInverted: false });
    else if (INVERTIBLE - distance <= bits)
      places.push({ at: parts[k]!, far: INVERTIBLE - distance, isInverted: true });
  }
  return { whole, view, places: places.sort((a, b) => a.far - b.far).slice(0, CANDIDATES) };
}

/** A correlation, from -1 to 1, of a view or its inverse. */
interface Scored {
  readonly score: number;
  readonly isInverted: boolean;
}

/** The place that is most like a view, before it is refined. */
export interface Start extends Scored {
  readonly whole: Whole;
  readonly view: View;
  readonly at: Part;
}

/** The most alike of the places that are near; `undefined` where none is worth a finer comparison. */
export function startOf({ whole, view, places }: Near): Start | undefined {
  const [start] = places
    .map(({ at, isInverted }) => {
      const correlation = likeness(whole, at, view.coarse, COARSE);
      return { whole, view, at, isInverted, score: isInverted ? -correlation : correlation };
    })
    .sort((a, b) => b.score - a.score);
  return start !== undefined && start.score >= HOPE.start ? start : undefined;
}

/** How like a view the part is that is most like it; `undefined` where none is, or it is the whole. */
export function cropOf({ whole, view, at: from, isInverted }: Start): Scored | undefined {
  const signed = (of: Float32Array) => (isInverted ? of.map((value) => -value) : of);
  const coarse = climbed(whole, from, signed(view.coarse), COARSE, [0.04, 0.01]);
  if (coarse.score < HOPE.coarse) return undefined;
  const fine = signed(view.fine);
  const { at, score } = climbed(whole, coarse.at, fine, FINE, [0.01, 0.002]);
  if (at.width * at.height > MOST && areAlike(whole.share, view.share)) return undefined;
  return {
    score: Math.min(score, typical({ values: structureOf(whole, at, FINE) }, { values: fine }, FINE)),
    isInverted,
  };
}

const structureOf = ({ sums }: Whole, at: Part, side: number): Float32Array =>
  fineStructure(partOf(sums, at, side), side);

const likeness = (whole: Whole, at: Part, of: Float32Array, side: number): number =>
  structureOf(whole, at, side).reduce((sum, value, i) => sum + value * of[i]!, 0);

/** The least share of a side that a part has. */
const LEAST = 0.45;

/** Moves the edges of a part, by steps from the first size down to the last, to where it is most alike. */
function climbed(
  whole: Whole,
  from: Part,
  of: Float32Array,
  side: number,
  [first, last]: readonly [number, number],
): { readonly at: Part; readonly score: number } {
  let best = { at: from, score: likeness(whole, from, of, side) };
  for (let step = first; step >= last; ) {
    let moved = false;
    for (const move of moves) {
      const at = movedBy(best.at, move, step);
      if (Math.min(at.width, at.height) < LEAST) continue;
      const score = likeness(whole, at, of, side);
      if (score <= best.score) continue;
      best = { at, score };
      moved = true;
    }
    if (!moved) step /= 2;
  }
  return best;
}

/** Shifts, changes of one side, and changes of both about the centre. */
const moves: readonly Part[] = [-1, 1].flatMap((s) => [
  { x: s, y: 0, width: 0, height: 0 },
  { x: 0, y: s, width: 0, height: 0 },
  { x: 0, y: 0, width: s, height: 0 },
  { x: 0, y: 0, width: 0, height: s },
  { x: -s / 2, y: -s / 2, width: s, height: s },
]);

function movedBy(part: Part, move: Part, step: number): Part {
  const width = Math.min(1, part.width * (1 + step * move.width));
  const height = Math.min(1, part.height * (1 + step * move.height));
  const within = (at: number, length: number) => Math.min(Math.max(at, 0), 1 - length);
  return {
    x: within(part.x + step * move.x * part.width, width),
    y: within(part.y + step * move.y * part.height, height),
    width,
    height,
  };
}
