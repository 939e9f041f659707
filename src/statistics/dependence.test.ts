import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pearson } from '../tensor/correlation.js';
import { readNpy } from '../tensor/npy.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { benjaminiHochberg, holm } from './corrections.js';
import { distanceCorrelation, kolmogorovSmirnov } from './dependence.js';
import { tTails } from './distributions.js';
import { mannWhitney, welch } from './two-samples.js';

const folder = (name: string) => sharedPath('golden', 'truth', 'sap', name);
const { y, tests } = sharedIsThere ? JSON.parse(readFileSync(folder('values.json'), 'utf8')) : {};
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
    expect(ratios(holm(found), adjusted.holm)).toEqual(near);
    expect(ratios(benjaminiHochberg(found), adjusted.benjamini_hochberg)).toEqual(near);
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
