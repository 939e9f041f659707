import { averageRanks } from './rank.js';

/** Pearson's correlation; NaN where either side is constant. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - meanA, b[i]! - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)));
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Spearman's rank correlation, ties at their mean rank; NaN where either side is constant. */
export const spearman = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  pearson(averageRanks(a), averageRanks(b));
