import { normalTails } from './distributions.js';
import { tiesOf } from './ranks.js';

/**
 * Kendall's rank correlation with the correction for ties (tau-b; Kendall 1945, doi:10.1093/biomet/33.3.239)
 * and its two-sided p-value by the normal approximation. NaN where either side is constant.
 */
export function kendall(
  x: readonly number[],
  y: readonly number[],
): { readonly tau: number; readonly p: number } {
  const n = x.length;
  let difference = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) difference += Math.sign(x[i]! - x[j]!) * Math.sign(y[i]! - y[j]!);
  }
  const sums = (values: readonly number[]) => {
    const ties = tiesOf(values);
    const total = (term: (t: number) => number) => ties.reduce((sum, t) => sum + term(t), 0);
    return {
      pairs: total((t) => (t * (t - 1)) / 2),
      triples: total((t) => t * (t - 1) * (t - 2)),
      weighted: total((t) => t * (t - 1) * (2 * t + 5)),
    };
  };
  const [a, b] = [sums(x), sums(y)];
  const all = (n * (n - 1)) / 2;
  const variance =
    (n * (n - 1) * (2 * n + 5) - a.weighted - b.weighted) / 18 +
    (2 * a.pairs * b.pairs) / (n * (n - 1)) +
    (a.triples * b.triples) / (9 * n * (n - 1) * (n - 2));
  return {
    tau: difference / Math.sqrt((all - a.pairs) * (all - b.pairs)),
    p: normalTails(difference / Math.sqrt(variance)),
  };
}
