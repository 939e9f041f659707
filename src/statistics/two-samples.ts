import { averageRanks } from '../tensor/rank.js';
import { mean } from './bootstrap.js';
import { normalTails, tTails } from './distributions.js';
import { isUndefined } from './lengths.js';
import { tieTerm } from './ranks.js';

/**
 * The two-sided p-value that two samples have one mean, whatever their variances (Welch 1947,
 * doi:10.1093/biomet/34.1-2.28). NaN where a sample has fewer than two values
 * or neither varies.
 */
export function welch(a: readonly number[], b: readonly number[]): number {
  const error = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1) / values.length;
  const [u, v] = [error(a), error(b)];
  const degrees = (u + v) ** 2 / (u ** 2 / (a.length - 1) + v ** 2 / (b.length - 1));
  return tTails((mean(a) - mean(b)) / Math.sqrt(u + v), degrees);
}

/**
 * The two-sided p-value that neither of two samples tends to be greater (Mann, Whitney 1947,
 * doi:10.1214/aoms/1177730491), by the normal approximation with corrections for ties and continuity.
 * 1 where all values are the same; NaN where a value is, or a sample is empty.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): number {
  if (isUndefined(a) || isUndefined(b)) return Number.NaN;
  const all = [...a, ...b];
  const ranks = averageRanks(all);
  const [n, m, total] = [a.length, b.length, all.length];
  const u = ranks.subarray(0, n).reduce((sum, rank) => sum + rank, 0) - (n * (n + 1)) / 2;
  const deviation = Math.sqrt(((n * m) / 12) * (total + 1 - tieTerm(all) / (total * (total - 1))));
  if (deviation === 0) return 1;
  return normalTails(Math.max(0, Math.abs(u - (n * m) / 2) - 0.5) / deviation);
}
