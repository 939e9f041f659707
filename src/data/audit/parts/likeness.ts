import { around } from '../../prepare/pictures/around.js';
import { localContrast, RADIUS } from '../../prepare/pictures/local-contrast.js';
import { SMALL_SIDE } from '../../prepare/pictures/print.js';
import { valueAt } from '../../prepare/pictures/scale-space.js';
import type { Point } from './projection.js';

/** A picture in `SMALL_SIDE` x `SMALL_SIDE` pixels, that was so large. */
export interface Shown {
  readonly small: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What two pictures share is compared in so many pixels a side, each the mean of so many places a side. */
const [SIDE, SAMPLES] = [48, 3];
/** A box has so many cells a side. */
export const CELLS = 6;
/** The largest variance, of grey levels squared, of 3x3 pixels where nothing varies. */
const FLAT = 0.3;
/** The share of the pixels around one that may be bare, and of a cell's that are compared. */
const [FEW, COMPARED] = [0.1, 1 / 4];
/** The share of cells that may be less alike, and how many there are at least. */
const [OTHERS, LEAST] = [3 / 8, 6];

/** Sums of the local contrast of two pictures over what is compared of a cell. */
export interface Cell {
  readonly both: number;
  readonly ofA: number;
  readonly ofB: number;
  readonly count: number;
}

/** The correlation of a cell or several; `undefined` where too little of them can be compared. */
export function correlation(cells: readonly Cell[]): number | undefined {
  const sum = (of: (cell: Cell) => number) => cells.reduce((all, cell) => all + of(cell), 0);
  const [count, ofA, ofB] = [sum((cell) => cell.count), sum((cell) => cell.ofA), sum((cell) => cell.ofB)];
  if (count < COMPARED * cells.length * (SIDE / CELLS) ** 2 || ofA === 0 || ofB === 0) return undefined;
  return sum((cell) => cell.both) / Math.sqrt(ofA * ofB);
}

/** The correlation that five eighths of the cells reach; -1 where too few can be compared. */
export function typical(cells: readonly Cell[]): number {
  const known = cells.flatMap((cell) => correlation([cell]) ?? []);
  return known.length < LEAST ? -1 : known.sort((x, y) => x - y)[Math.floor(OTHERS * known.length)]!;
}

/**
 * The local contrast of a picture in a box of it, of `CELLS` x `CELLS` cells, beside what another picture
 * shows there; `sign` is -1 to invert one. What depends on bare places does not count: they cover what
 * another copy shows, and what frames pictures is mostly bare.
 */
export function cellsOf(
  one: Shown,
  other: Shown,
  box: Box,
  onOther: (x: number, y: number) => Point,
  sign: 1 | -1,
): readonly Cell[] {
  const [a, b] = [new Float32Array(SIDE * SIDE), new Float32Array(SIDE * SIDE)];
  const isBeyond = new Uint8Array(SIDE * SIDE);
  for (let k = 0; k < SIDE * SIDE; k++) {
    for (let sample = 0; sample < SAMPLES ** 2; sample++) {
      const u = ((k % SIDE) + ((sample % SAMPLES) + 0.5) / SAMPLES) / SIDE;
      const v = (Math.floor(k / SIDE) + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES) / SIDE;
      const [x, y] = [box.left + u * (box.right - box.left), box.top + v * (box.bottom - box.top)];
      const [p, q] = onOther(x, y);
      if (!(p >= 0 && q >= 0 && p <= other.width && q <= other.height)) isBeyond[k] = 1;
      a[k]! += greyAt(one, x, y) / SAMPLES ** 2;
      b[k]! += greyAt(other, p, q) / SAMPLES ** 2;
    }
  }
  const covered = [coveredIn(a), coveredIn(b), isBeyond];
  const isCovered = (i: number) => covered.some((of) => of[i]);
  const [p, q] = [localContrast(a, SIDE), localContrast(b, SIDE)];
  const length = SIDE / CELLS;
  return Array.from({ length: CELLS ** 2 }, (_, cell) => {
    const [left, top] = [(cell % CELLS) * length, Math.floor(cell / CELLS) * length];
    let [both, ofA, ofB, count] = [0, 0, 0, 0];
    for (let y = top; y < top + length; y++) {
      for (let i = y * SIDE + left; i < y * SIDE + left + length; i++) {
        if (isCovered(i)) continue;
        both += sign * p[i]! * q[i]!;
        ofA += p[i]! ** 2;
        ofB += q[i]! ** 2;
        count++;
      }
    }
    return { both, ofA, ofB, count };
  });
}

const greyAt = ({ small, width, height }: Shown, x: number, y: number) =>
  valueAt(
    { values: small, width: SMALL_SIDE, height: SMALL_SIDE },
    ((x + 0.5) / width) * SMALL_SIDE - 0.5,
    ((y + 0.5) / height) * SMALL_SIDE - 0.5,
  );

/** Pixels whose local contrast depends on bare places. */
function coveredIn(picture: Float32Array): Uint8Array {
  const at = around(picture, SIDE);
  const bare = Uint8Array.from(picture, (_, i) => (at(i, 1).variance < FLAT ? 1 : 0));
  const near = around(bare, SIDE);
  return bare.map((_, i) => (near(i, RADIUS).mean > FEW ? 1 : 0));
}
