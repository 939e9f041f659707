import type { Random } from '../../base/random.js';
import { gaussianBlur } from '../../tensor/blur.js';
import { tensor } from '../../tensor/tensor.js';

/** The two shapes as cells, `[rows][columns]`. */
const cells = {
  T: [
    [1, 0],
    [1, 1],
    [1, 0],
  ],
  L: [
    [1, 0],
    [1, 0],
    [1, 1],
  ],
} as const;
export type Shape = keyof typeof cells;

/** A shape in an image: its sign, the quarter turns counter-clockwise, and its upper left pixel. */
export interface Placed {
  readonly shape: Shape;
  readonly sign: 1 | -1;
  readonly turns: number;
  readonly row: number;
  readonly column: number;
}

export const problems = ['linear', 'multiplicative', 'translations-rotations', 'xor'] as const;
export type ProblemName = (typeof problems)[number];

/** Least magnitude of a smoothed pattern that counts as important. */
const VISIBLE = 0.05;
/** Cells of more pixels than this are smoothed, by the standard deviation beside it. */
const [SHARP, SOFT] = [3, 1.5];

/** Side of a cell of the shapes in pixels. */
export const cellOf = (problem: ProblemName, size: number): number =>
  Math.max(1, Math.floor(size / (problem === 'translations-rotations' ? 16 : 8)));

/** Where the shapes stand that do not move, in cells. */
const home = { T: { row: 1, column: 1 }, L: { row: 4, column: 5 } } as const;

/** Both shapes at their places. */
const standing = (shape: Shape, size: number, sign: 1 | -1 = 1): Placed => {
  const cell = cellOf('linear', size);
  return { shape, sign, turns: 0, row: home[shape].row * cell, column: home[shape].column * cell };
};

/** Both shapes of the problems whose shapes do not move. */
export const standingShapes = (size: number): readonly Placed[] => [standing('T', size), standing('L', size)];

/** What the `k`-th of `count` images of a class shows; class 0 is T, or equal signs in `xor`. */
export function placedOf(
  problem: ProblemName,
  label: number,
  { k, count, size }: { readonly k: number; readonly count: number; readonly size: number },
  random: Random,
): readonly Placed[] {
  const shape = label === 0 ? 'T' : 'L';
  if (problem === 'xor') {
    const sign = k < count / 2 ? 1 : -1;
    return [standing('T', size, sign), standing('L', size, label === 0 ? sign : sign === 1 ? -1 : 1)];
  }
  if (problem !== 'translations-rotations') return [standing(shape, size)];
  const turns = random.below(4);
  const cell = cellOf(problem, size);
  const [rows, columns] = turns % 2 === 0 ? [3, 2] : [2, 3];
  const row = random.below(size - rows * cell + 1);
  return [{ shape, sign: 1, turns, row, column: random.below(size - columns * cell + 1) }];
}

/** The shapes as an image `[size * size]`; those of large cells are smoothed. */
export function patternOf(problem: ProblemName, placed: readonly Placed[], size: number): Float32Array {
  const pattern = new Float32Array(size * size);
  const cell = cellOf(problem, size);
  for (const { shape, sign, turns, row, column } of placed) {
    const turned = turnedBy(cells[shape], turns);
    for (let y = 0; y < turned.length * cell; y++)
      for (let x = 0; x < turned[0]!.length * cell; x++)
        pattern[(row + y) * size + column + x]! +=
          sign * turned[Math.floor(y / cell)]![Math.floor(x / cell)]!;
  }
  return cell > SHARP ? gaussianBlur(tensor(pattern, [size, size]), SOFT).data : pattern;
}

/** Pixels where the pattern is visible, whatever its sign. */
export const visible = (pattern: Float32Array): Uint8Array =>
  Uint8Array.from(pattern, (value) => (Math.abs(value) >= VISIBLE ? 1 : 0));

function turnedBy(cells: readonly (readonly number[])[], turns: number): readonly (readonly number[])[] {
  if (turns === 0) return cells;
  const width = cells[0]!.length;
  const turned = Array.from({ length: width }, (_, row) => cells.map((line) => line[width - 1 - row]!));
  return turnedBy(turned, turns - 1);
}
