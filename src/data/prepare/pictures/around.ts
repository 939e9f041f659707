import { summed } from './part.js';

/** What the pixels around one are like. */
export interface Around {
  readonly mean: number;
  readonly variance: number;
}

/** Finds the mean and the variance of the pixels of a `side x side` picture within a radius of one. */
export function around(picture: ArrayLike<number>, side: number): (i: number, radius: number) => Around {
  const { sums } = summed(picture, side);
  const squared = new Float64Array(picture.length);
  for (let i = 0; i < squared.length; i++) squared[i] = picture[i]! ** 2;
  const squares = summed(squared, side).sums;
  const row = side + 1;
  return (i, radius) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    const [left, right] = [Math.max(0, x - radius), Math.min(side, x + radius + 1)];
    const [top, bottom] = [Math.max(0, y - radius) * row, Math.min(side, y + radius + 1) * row];
    const meanOf = (of: Float64Array) =>
      (of[bottom + right]! - of[top + right]! - of[bottom + left]! + of[top + left]!) /
      (((bottom - top) / row) * (right - left));
    const mean = meanOf(sums);
    return { mean, variance: Math.max(0, meanOf(squares) - mean ** 2) };
  };
}
