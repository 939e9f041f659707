import { averageRanks } from '../tensor/rank.js';
import { normalTails } from './distributions.js';
import { sameLength } from './lengths.js';
import { tieTerm } from './ranks.js';

/** Wilcoxon's signed-rank test of paired values. */
export interface SignedRank {
  /** The smaller of the two sums of ranks. */
  readonly statistic: number;
  /** Two-sided p-value. */
  readonly p: number;
  /** Whether all signs were counted, or the sum taken as normal. */
  readonly exact: boolean;
  /** Matched-pairs rank-biserial correlation: 1 where the first is greater in every pair. */
  readonly rankBiserial: number;
}

/** Pairs up to this number are counted exactly, ties included. */
const COUNTED = 50;

/**
 * Tests whether the differences of pairs are symmetric about 0 (Wilcoxon 1945, doi:10.2307/3001968). Zero
 * differences are left out, or (`pratt`) ranked and then left out. Up to 50 pairs are counted exactly over
 * all signs of their ranks, where `exact` is not false; no pair gives a p-value of 1. NaN where a value is.
 * Throws where the two sides are not as long as each other.
 */
export function wilcoxon(
  a: readonly number[],
  b: readonly number[],
  { zeros = 'drop', exact = true }: { zeros?: 'drop' | 'pratt'; exact?: boolean } = {},
): SignedRank {
  sameLength('wilcoxon', a, b);
  const all = a.map((value, i) => value - b[i]!);
  if (all.some(Number.isNaN))
    return { statistic: Number.NaN, p: Number.NaN, exact: false, rankBiserial: Number.NaN };
  const ranked = zeros === 'pratt' ? all : all.filter((d) => d !== 0);
  const magnitudes = ranked.map(Math.abs);
  const ranks = averageRanks(magnitudes);
  let [plus, minus] = [0, 0];
  for (const [i, d] of ranked.entries()) {
    if (d > 0) plus += ranks[i]!;
    else if (d < 0) minus += ranks[i]!;
  }
  const statistic = Math.min(plus, minus);
  const own = ranks.filter((_, i) => ranked[i] !== 0);
  if (own.length === 0) return { statistic: 0, p: 1, exact: true, rankBiserial: 0 };
  const rankBiserial = (plus - minus) / (plus + minus);
  if (exact && own.length <= COUNTED)
    return { statistic, p: countedP(own, statistic), exact: true, rankBiserial };
  const n = ranked.length;
  const none = n - own.length;
  const mean = (n * (n + 1) - none * (none + 1)) / 4;
  const variance =
    (n * (n + 1) * (2 * n + 1) - none * (none + 1) * (2 * none + 1)) / 24 -
    tieTerm(magnitudes.filter((m) => m !== 0)) / 48;
  return { statistic, p: normalTails((statistic - mean) / Math.sqrt(variance)), exact: false, rankBiserial };
}

/**
 * The differences of pairs to 1e-12 of the greatest value, for tests by ranks: those of equal means are ties
 * then, which rounding would tell apart.
 */
export function roundedDifferences(a: readonly number[], b: readonly number[]): readonly number[] {
  const step = 1e-12 * [...a, ...b].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.map((value, i) => (step > 0 ? Math.round((value - b[i]!) / step) * step : 0));
}

/** The share of all signs of the ranks whose sum is as extreme, by the distribution of doubled ranks. */
function countedP(ranks: Float64Array, statistic: number): number {
  const doubled = Array.from(ranks, (rank) => Math.round(2 * rank));
  const total = doubled.reduce((sum, rank) => sum + rank, 0);
  let shares = new Float64Array(total + 1);
  shares[0] = 1;
  for (const rank of doubled) {
    const next = new Float64Array(total + 1);
    for (let sum = 0; sum <= total; sum++) {
      next[sum] = (shares[sum]! + (sum >= rank ? shares[sum - rank]! : 0)) / 2;
    }
    shares = next;
  }
  const below = shares.subarray(0, Math.round(2 * statistic) + 1).reduce((sum, share) => sum + share, 0);
  return Math.min(1, 2 * below);
}
