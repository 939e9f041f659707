import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pearson } from '../tensor/correlation.js';
import { readNpy } from '../tensor/npy.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { benjaminiHochberg, holm } from './corrections.js';
import { distanceCorrelation, kolmogorovSmirnov, mutualInformation } from './dependence.js';
import { tTails } from './distributions.js';
import { mannWhitney, welch } from './two-samples.js';

const folder = (name: string) => sharedPath('golden', 'truth', 'sap', name);
const {
  y,
  tests,
  pair_xor: xor,
  names,
} = sharedIsThere ? JSON.parse(readFileSync(folder('values.json'), 'utf8')) : {};
const stored = async (name: string) =>
  (await readNpy(folder(name))) as { data: Float32Array; shape: number[] };

describe.skipIf(!sharedIsThere)('tests of association beside scipy', async () => {
  const { data, shape } = sharedIsThere ? await stored('x.npy') : { data: new Float32Array(), shape: [0, 0] };
  const [count, width] = shape as [number, number];
  /** The last feature is constant, and has no test. */
  const columns = Array.from({ length: width - 1 }, (_, j) =>
    Array.from({ length: count }, (_, n) => data[n * width + j]!),
  );
  const of = (column: readonly number[], label: number) => column.filter((_, n) => y[n] === label);
  const pairs = columns.map((column) => [of(column, 1), of(column, 0)] as const);
  const biserial = (column: readonly number[]) => {
    const r = pearson(column, y);
    return tTails(r * Math.sqrt((count - 2) / (1 - r * r)), count - 2);
  };
  const spread = (values: readonly number[]) => {
    const sorted = values.toSorted((p, q) => p - q);
    const middle = (sorted[sorted.length / 2 - 1]! + sorted[sorted.length / 2]!) / 2;
    return values.map((value) => Math.abs(value - middle));
  };
  const levene = (column: readonly number[]) => {
    const around = [0, 1].map((label) => spread(of(column, label)));
    const next = [0, 0];
    return biserial(y.map((label: number) => around[label]![next[label]!++]!));
  };

  it.each<[string, () => readonly number[]]>([
    ['student_t', () => columns.map(biserial)],
    ['point_biserial', () => columns.map(biserial)],
    ['welch_t', () => pairs.map(([a, b]) => welch(a, b))],
    ['mann_whitney_asymptotic_continuity', () => pairs.map(([a, b]) => mannWhitney(a, b))],
    ['kolmogorov_smirnov_exact', () => pairs.map(([a, b]) => kolmogorovSmirnov(a, b).p)],
    ['levene_median', () => columns.map(levene)],
  ])('p-values of %s, and corrected', (name, ours) => {
    const { p, adjusted_with_p_1_for_the_constant: adjusted } = tests[name];
    const found = [...ours(), 1];
    const ratios = (ps: readonly number[], theirs: readonly (number | null)[]) =>
      ps.map((value, j) => value / (theirs[j] ?? 1));
    const near = found.map(() => expect.closeTo(1, 4));
    expect(ratios(found, p)).toEqual(near);
    if (adjusted === undefined) return;
    // Holm's are never above Bonferroni's, which multiply all alike.
    const bonferroni = found.map((value) => Math.min(1, value * found.length));
    expect(ratios(bonferroni, adjusted.bonferroni)).toEqual(near);
    expect(ratios(holm(found), adjusted.holm)).toEqual(near);
    expect(ratios(benjaminiHochberg(found), adjusted.benjamini_hochberg)).toEqual(near);
  });

  it('p-values of Kolmogorov and Smirnov by one sample are another test', () => {
    const { statistic, p } = tests.kolmogorov_smirnov_asymptotic;
    const { p: exact } = tests.kolmogorov_smirnov_exact;
    const rows: string[] = ['feature | exact | "asymptotic": one sample of n m / (n + m), rounded'];
    for (const [j, distance] of statistic.slice(0, -1).entries()) {
      expect(oneSampleTail(distance, 100) / p[j], names[j]).toBeCloseTo(1, 4);
      rows.push(`${names[j]} | ${exact[j]} | ${p[j]}`);
      // Two samples differ less often by as much: the approximation calls too much significant.
      expect(p[j] / exact[j], names[j]).toBeLessThan(1);
    }
    console.log(rows.join('\n'));
  });

  it('correlations of single features and of a pair, and mutual information', () => {
    const close = (values: readonly number[], digits: number) =>
      values.map((value) => expect.closeTo(value, digits));
    const correlations = columns.map((column) => pearson(column, y));
    expect(correlations).toEqual(close(tests.point_biserial.statistic.slice(0, -1), 6));
    const information = tests.mutual_information_nats_10_bins.statistic;
    const constant = Array.from({ length: count }, () => 1);
    expect([...columns, constant].map((column) => mutualInformation(column, y))).toEqual(
      close(information, 9),
    );
    const [a, b] = ['xor_a', 'xor_b'].map((name) => columns[names.indexOf(name)]!);
    const product = a!.map((value, n) => value * b![n]!);
    expect(pearson(product, y)).toBeCloseTo(xor.product_correlation, 6);
  });

  it('distances of distributions', () => {
    const theirs = tests.kolmogorov_smirnov_exact.statistic.slice(0, -1);
    const ours = pairs.map(([a, b]) => kolmogorovSmirnov(a, b).statistic);
    expect(ours).toEqual(theirs.map((value: number) => expect.closeTo(value, 12)));
  });

  it('distance correlations, and their permutation tests', async () => {
    const { statistic, p_99_given_permutations_of_y: p } = tests.distance_correlation;
    const near = statistic.slice(0, -1).map((value: number) => expect.closeTo(value, 6));
    expect(columns.map((column) => distanceCorrelation(column, y))).toEqual(near);
    const permutations = await stored('perm.npy');
    const [, suppressor] = columns;
    const least = distanceCorrelation(suppressor!, y);
    let above = 0;
    for (let k = 0; k < permutations.shape[0]!; k++) {
      const order = permutations.data.subarray(k * count, (k + 1) * count);
      const moved = Array.from(order, (n) => y[n]!);
      if (distanceCorrelation(suppressor!, moved) >= least) above++;
    }
    expect((1 + above) / (1 + permutations.shape[0]!)).toBeCloseTo(p[1], 12);
  });
});

/** The chance that one sample of n is farther than d from its distribution. */
function oneSampleTail(d: number, n: number): number {
  // Far out both sides exclude each other: twice the chance of one (Birnbaum, Tingey 1951).
  if (n * d * d > 1.5) {
    let [sum, ways] = [0, 1];
    for (let j = 0; j <= n * (1 - d); j++) {
      sum += ways * (d + j / n) ** (j - 1) * (1 - d - j / n) ** (n - j);
      ways *= (n - j) / (j + 1);
    }
    return 2 * d * sum;
  }
  // The n-th power of a matrix of the empirical distribution's ways (Marsaglia, Tsang, Wang 2003).
  const k = Math.floor(n * d) + 1;
  const [m, h] = [2 * k - 1, k - n * d];
  const factorial = (i: number): number => (i < 2 ? 1 : i * factorial(i - 1));
  const entry = (i: number, j: number) =>
    i - j + 1 < 0
      ? 0
      : (1 -
          (j === 0 ? h ** (i + 1) : 0) -
          (i === m - 1 ? h ** (m - j) : 0) +
          (j === 0 && i === m - 1 ? Math.max(0, 2 * h - 1) ** m : 0)) /
        factorial(i - j + 1);
  let row = Array.from({ length: m }, (_, j): number => (j === k - 1 ? 1 : 0));
  for (let step = 1; step <= n; step++)
    row = row.map((_, j) => (row.reduce((sum, value, i) => sum + value * entry(i, j), 0) * step) / n);
  return 1 - row[k - 1]!;
}

describe('association', () => {
  it('of small samples is what all orders say', () => {
    const [a, b] = [
      [1, 4, 5, 9],
      [2, 3, 6],
    ];
    const all = [...a, ...b];
    const { statistic, p } = kolmogorovSmirnov(a, b);
    let [extreme, orders] = [0, 0];
    for (let mask = 0; mask < 128; mask++) {
      const first = all.filter((_, i) => mask & (1 << i));
      if (first.length !== 4) continue;
      orders++;
      const second = all.filter((_, i) => !(mask & (1 << i)));
      const share = (of: readonly number[], at: number) => of.filter((v) => v <= at).length / of.length;
      if (Math.max(...all.map((at) => Math.abs(share(first, at) - share(second, at)))) >= statistic - 1e-12)
        extreme++;
    }
    expect(p).toBeCloseTo(extreme / orders, 12);
  });

  it('is seen where no correlation is', () => {
    const x = [-2, -1, 0, 1, 2];
    const square = x.map((value) => value * value);
    expect(pearson(x, square)).toBeCloseTo(0, 12);
    expect(distanceCorrelation(x, square)).toBeGreaterThan(0.4);
    expect(
      distanceCorrelation(
        x,
        x.map((value) => 3 - 2 * value),
      ),
    ).toBeCloseTo(1, 12);
  });
});
