import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pearson, spearman } from '../tensor/correlation.js';
import { quantile } from '../tensor/quantile.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { bcaTails, mean } from './bootstrap.js';
import { benjaminiHochberg, holm } from './corrections.js';
import { studentizedRange, tTails } from './distributions.js';
import { criticalDifference, friedman, nemenyi } from './friedman.js';
import { kendall } from './kendall.js';
import { mannWhitney, welch } from './two-samples.js';
import { wilcoxon } from './wilcoxon.js';

const stored = sharedIsThere ? JSON.parse(readFileSync(sharedPath('golden', 'statistics.json'), 'utf8')) : {};
/** To seven digits, or to 1e-12 of the smallest tails. */
const near = (value: number) =>
  expect.closeTo(
    value,
    value === 0 ? 12 : Math.max(7, Math.min(12, 7 - Math.floor(Math.log10(Math.abs(value))))),
  );

describe.skipIf(!sharedIsThere)('statistics beside scipy and statsmodels', () => {
  const scores: number[][] = stored.scores ?? [];
  const column = (j: number) => scores.map((row) => row[j]!);

  it('Friedman, Iman and Davenport, and mean ranks', () => {
    const ours = friedman(scores);
    expect(ours.meanRanks).toEqual(stored.friedman.mean_ranks.map(near));
    expect(ours.chiSquare).toBeCloseTo(stored.friedman.chi2, 9);
    expect(ours.p).toBeCloseTo(stored.friedman.p, 12);
    expect(ours.f).toBeCloseTo(stored.friedman.iman_davenport_F, 9);
    expect(ours.fP / stored.friedman.iman_davenport_p).toBeCloseTo(1, 6);
    expect(ours.w).toBeCloseTo(stored.kendall_w.from_friedman_with_ties, 12);
  });

  it('critical differences and p-values of Nemenyi', () => {
    expect(criticalDifference(scores.length, 6)).toBeCloseTo(stored.nemenyi['cd_0.05'], 6);
    expect(criticalDifference(scores.length, 6, 0.1)).toBeCloseTo(stored.nemenyi['cd_0.10'], 6);
    expect(studentizedRange(0.05, 6) / Math.SQRT2).toBeCloseTo(stored.nemenyi['q_0.05'], 5);
    const ours = nemenyi(friedman(scores).meanRanks, scores.length);
    for (const [i, row] of ours.entries()) {
      for (const [j, p] of row.entries()) expect(p).toBeCloseTo(stored.nemenyi.p[i][j], 6);
    }
  });

  it('signed ranks, with zeros, by the normal approximation and exactly', () => {
    for (const { pair, ...theirs } of stored.wilcoxon) {
      const [a, b] = [column(pair[0]), column(pair[1])];
      const ours = wilcoxon(a, b, { exact: false });
      expect(ours.statistic).toBeCloseTo(theirs.statistic, 9);
      expect(ours.p).toBeCloseTo(theirs.p_normal, 8);
      expect(ours.rankBiserial).toBeCloseTo(theirs.rank_biserial, 9);
      expect(wilcoxon(a, b, { exact: false, zeros: 'pratt' }).p).toBeCloseTo(theirs.p_pratt, 8);
      if (theirs.p_exact !== null) expect(wilcoxon(a, b).p).toBeCloseTo(theirs.p_exact, 9);
    }
    const data: [number, number][] = stored.wilcoxon_exact_small.data;
    const small = wilcoxon(
      data.map(([a]) => a),
      data.map(([, b]) => b),
    );
    expect(small).toMatchObject({ exact: true, p: stored.wilcoxon_exact_small.p });
    expect(small.statistic).toBe(stored.wilcoxon_exact_small.statistic);
  });

  it('corrections for many tests', () => {
    const p = stored.wilcoxon.map(({ p_normal }: { p_normal: number }) => p_normal);
    expect(holm(p)).toEqual(stored.wilcoxon.map(({ p_holm }: { p_holm: number }) => near(p_holm)));
    expect(benjaminiHochberg(p)).toEqual(stored.wilcoxon.map(({ p_bh }: { p_bh: number }) => near(p_bh)));
  });

  it('rank correlations', () => {
    const { x, y, tau_b, p, spearman: rho, pearson: r } = stored.kendall;
    expect(kendall(x, y)).toEqual({ tau: near(tau_b), p: near(p) });
    expect(spearman(x, y)).toBeCloseTo(rho, 12);
    expect(tTails(rho * Math.sqrt((x.length - 2) / (1 - rho * rho)), x.length - 2)).toEqual(
      near(stored.kendall.spearman_p),
    );
    expect(pearson(x, y)).toBeCloseTo(r, 12);
  });

  it('two samples', () => {
    const { target, features, welch_p, mann_whitney_p, welch_bh } = stored.association;
    const of = (feature: number, label: number): number[] =>
      features.flatMap((row: number[], n: number) => (target[n] === label ? [row[feature]!] : []));
    const all = welch_p.map((_: number, f: number) => welch(of(f, 0), of(f, 1)));
    expect(all).toEqual(welch_p.map(near));
    expect(benjaminiHochberg(all)).toEqual(welch_bh.map(near));
    const ranks = mann_whitney_p.map((_: number, f: number) => mannWhitney(of(f, 0), of(f, 1)));
    expect(ranks).toEqual(mann_whitney_p.map(near));
  });

  it('intervals of given resamples', () => {
    const {
      indices_of_images: resamples,
      means_method_0,
      percentile_95,
      bca_95_approx,
      bca_tolerance,
    } = stored.bootstrap;
    const means = Float64Array.from(means_method_0);
    const drawn = resamples.map((images: number[]) => mean(images.map((i) => column(0)[i]!)));
    expect(drawn.map((value: number, k: number) => value - means[k]!)).toEqual(
      drawn.map(() => expect.closeTo(0, 9)),
    );
    expect([0.025, 0.975].map((at) => quantile(means, at))).toEqual(percentile_95.map(near));
    const values = column(0);
    const total = values.reduce((a, b) => a + b, 0);
    const leftOut = values.map((value) => (total - value) / (values.length - 1));
    const tails = bcaTails([0.025, 0.975], means, total / values.length, leftOut);
    for (const [i, tail] of tails.entries()) {
      expect(Math.abs(quantile(means, tail) - bca_95_approx[i])).toBeLessThan(bca_tolerance);
    }
  });
});

describe('statistics', () => {
  it('of signed ranks count every sign, ties included', () => {
    const [a, b] = [
      [1, 2, 3, 5, 4, 0],
      [0, 1, 1, 2, 6, 0],
    ];
    const ours = wilcoxon(a, b);
    const ranks = [1.5, 1.5, 3.5, 5, 3.5];
    let extreme = 0;
    for (let signs = 0; signs < 32; signs++) {
      const plus = ranks.reduce((sum, rank, i) => sum + ((signs >> i) & 1 ? rank : 0), 0);
      if (Math.min(plus, 15 - plus) <= 3.5) extreme++;
    }
    expect(ours).toMatchObject({ statistic: 3.5, p: extreme / 32, exact: true });
    expect(wilcoxon([1, 2], [1, 2])).toMatchObject({ p: 1 });
  });
});
