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

/** A picture that others may be parts of, or that may be a part of others. */
export interface Whole {
  readonly ratio: number;
  /** The part of the picture, within bare edges, that is compared. */
  readonly part: Part;
  readonly sums: Summed;
  readonly hash: PerceptualHash;
  /** Fine structure on a coarse and on a fine grid. */
  readonly coarse: Float32Array;
  readonly fine: Float32Array;
  /** Hashes of its parts, by the parts' list. */
  readonly hashes: Map<readonly Part[], readonly PerceptualHash[]>;
}

const [COARSE, FINE] = [24, 48];
/** All of a picture. */
export const ALL: Part = { x: 0, y: 0, width: 1, height: 1 };

/** The `part` of a picture, which is `small` in `SMALL_SIDE` x `SMALL_SIDE` pixels. */
export function wholeOf(small: Uint8Array, part: Part, { width, height }: Size): Whole {
  const all = summed(small, SMALL_SIDE);
  const sums = part === ALL ? all : summed(partOf(all, part, SMALL_SIDE), SMALL_SIDE);
  return {
    ratio: (width * part.width) / (height * part.height),
    part,
    sums,
    hash: perceptualHash(partOf(sums, ALL, HASH_SIDE)),
    coarse: fineStructure(partOf(sums, ALL, COARSE), COARSE),
    fine: fineStructure(partOf(sums, ALL, FINE), FINE),
    hashes: new Map(),
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
const areAlike = (a: Part, b: Part): boolean =>
  Math.abs(a.width - b.width) < 0.02 && Math.abs(a.height - b.height) < 0.02;

export interface Crop {
  /** A correlation, from -1 to 1. */
  readonly score: number;
  readonly isInverted: boolean;
}

/**
 * How like a picture, or its inverse, the part of another is that is most like it; `undefined` where no part
 * is a candidate, or the best one is the whole.
 */
export function cropOf(whole: Whole, part: Whole, bits: number): Crop | undefined {
  const parts = partsOf(part.ratio / whole.ratio);
  const near: { readonly at: Part; readonly far: number; readonly isInverted: boolean }[] = [];
  for (const [k, hash] of hashesOf(whole, parts).entries()) {
    const distance = hammingDistance(hash, part.hash);
    if (distance <= bits) near.push({ at: parts[k]!, far: distance, isInverted: false });
    else if (INVERTIBLE - distance <= bits)
      near.push({ at: parts[k]!, far: INVERTIBLE - distance, isInverted: true });
  }
  const inverse = inverseOf(part);
  const starts = near
    .sort((a, b) => a.far - b.far)
    .slice(0, CANDIDATES)
    .map(({ at, isInverted }) => {
      const of = isInverted ? inverse : part;
      return { at, isInverted, of, score: likeness(whole, at, of.coarse, COARSE) };
    })
    .sort((a, b) => b.score - a.score);
  const [start] = starts;
  if (start === undefined || start.score < HOPE.start) return undefined;
  const coarse = climbed(whole, start.at, start.of.coarse, COARSE, [0.04, 0.01]);
  if (coarse.score < HOPE.coarse) return undefined;
  const { at, score } = climbed(whole, coarse.at, start.of.fine, FINE, [0.01, 0.002]);
  if (at.width * at.height > MOST && areAlike(whole.part, part.part)) return undefined;
  const most = typical(structureOf(whole, at, FINE), start.of.fine, FINE);
  return { score: Math.min(score, most), isInverted: start.isInverted };
}

const inverseOf = ({ coarse, fine }: Whole) => ({
  coarse: coarse.map((value) => -value),
  fine: fine.map((value) => -value),
});

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
