import { normalTails } from './distributions.js';
import { sameLength } from './lengths.js';
import { tiesOf } from './ranks.js';

/** Where no values tie, up to so many are counted exactly, as by scipy; where some do, up to the second. */
const [UNTIED, TIED] = [33, 8];

/**
 * Kendall's rank correlation with the correction for ties (tau-b; Kendall 1945, doi:10.1093/biomet/33.3.239)
 * and its two-sided p-value: the share of all orders of one side that agree or disagree as much, where they
 * are few enough to be counted, else by the normal approximation. NaN where either side is constant.
 * Throws where they are not as long as each other.
 */
export function kendall(
  x: readonly number[],
  y: readonly number[],
): { readonly tau: number; readonly p: number } {
  sameLength('kendall', x, y);
  const n = x.length;
  const difference = concordance(x, y);
  const [a, b] = [tieSums(x), tieSums(y)];
  const all = (n * (n - 1)) / 2;
  const tau = difference / Math.sqrt((all - a.pairs) * (all - b.pairs));
  if (Number.isNaN(tau)) return { tau, p: Number.NaN };
  const tied = a.pairs > 0 || b.pairs > 0;
  if (!tied && n <= UNTIED) return { tau, p: untiedShare(n, Math.abs(difference)) };
  if (tied && n <= TIED) return { tau, p: tiedShare(x, y, Math.abs(difference)) };
  const variance =
    (n * (n - 1) * (2 * n + 5) - a.weighted - b.weighted) / 18 +
    (2 * a.pairs * b.pairs) / (n * (n - 1)) +
    (a.triples * b.triples) / (9 * n * (n - 1) * (n - 2));
  return { tau, p: normalTails(difference / Math.sqrt(variance)) };
}

/** The pairs that both sides order alike, less those that they order otherwise. */
function concordance(x: readonly number[], y: readonly number[]): number {
  let difference = 0;
  for (let i = 0; i < x.length; i++)
    for (let j = 0; j < i; j++) difference += Math.sign(x[i]! - x[j]!) * Math.sign(y[i]! - y[j]!);
  return difference;
}

function tieSums(values: readonly number[]) {
  const ties = tiesOf(values);
  const total = (term: (t: number) => number) => ties.reduce((sum, t) => sum + term(t), 0);
  return {
    pairs: total((t) => (t * (t - 1)) / 2),
    triples: total((t) => t * (t - 1) * (t - 2)),
    weighted: total((t) => t * (t - 1) * (2 * t + 5)),
  };
}

/** The share of the orders of `n` values with at most as many, or at least as many, inversions. */
function untiedShare(n: number, difference: number): number {
  const pairs = (n * (n - 1)) / 2;
  let shares = Float64Array.of(1);
  for (let k = 2; k <= n; k++) {
    const next = new Float64Array(shares.length + k - 1);
    for (const [inversions, share] of shares.entries())
      for (let more = 0; more < k; more++) next[inversions + more]! += share / k;
    shares = next;
  }
  const tail = shares.subarray(0, (pairs - difference) / 2 + 1).reduce((sum, share) => sum + share, 0);
  return Math.min(1, 2 * tail);
}

function tiedShare(x: readonly number[], y: readonly number[], difference: number): number {
  let [reached, all] = [0, 0];
  for (const order of ordersOf(y)) {
    all++;
    if (Math.abs(concordance(x, order)) >= difference) reached++;
  }
  return reached / all;
}

function* ordersOf(values: readonly number[]): Generator<readonly number[]> {
  if (values.length < 2) yield values;
  for (const [i, first] of values.entries())
    if (values.length > 1) for (const rest of ordersOf(values.toSpliced(i, 1))) yield [first, ...rest];
}
