import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import type { Observation } from './patients.js';
import { proportionDifference, proportionInterval, wilson } from './proportion.js';

const images = (values: readonly number[], patientOf = (i: number) => i): Observation[] =>
  values.map((value, i) => ({ patient: `p${patientOf(i)}`, value }));
const repeated = (value: number, count: number) => Array<number>(count).fill(value);

describe('the interval of a proportion', () => {
  // statsmodels 0.15.0: proportion_confint(k, n, method='wilson')
  it.each([
    [24, 24, 0.8620237953250198, 1],
    [0, 24, 0, 0.13797620467498026],
    [23, 24, 0.7975819352134407, 0.9926065438344943],
    [12, 24, 0.3142742581957335, 0.6857257418042665],
    [1, 7, 0.02567962434474355, 0.5131278292743189],
    [437, 500, 0.8420322822801359, 0.900264711054623],
  ])('of %d of %d patients is that of statsmodels', (hits, count, low, high) => {
    const interval = proportionInterval(images([...repeated(1, hits), ...repeated(0, count - hits)]));
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
  });

  // statsmodels 0.15.0: v = OLS(y, ones).fit(cov_type='cluster', cov_kwds={'groups': g}).bse ** 2;
  // n = p (1 - p) / (N - 1) / v * N; proportion_confint(p * n, n, method='wilson')
  it('of patients with several images has their cluster-robust variance', () => {
    const y = [1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 1];
    const g = [1, 2, 3, 4, 1, 2, 3, 4].flatMap((count, p) => repeated(p, count));
    const interval = proportionInterval(images(y, (i) => g[i]!));
    expect(interval.mean).toBeCloseTo(0.65, 12);
    expect(interval.low).toBeCloseTo(0.36494128269448756, 12);
    expect(interval.high).toBeCloseTo(0.8571795804440505, 12);
  });

  it('counts patients, not images, where all images agree', () => {
    expect(proportionInterval(images(repeated(1, 40), (i) => i % 4))).toEqual(wilson(1, 4));
    expect(proportionInterval(images(repeated(0, 40), () => 0))).toEqual(wilson(0, 1));
  });

  it('covers the true proportion of patients whose images are alike', () => {
    const random = seededRandom('coverage');
    for (const truth of [0.5, 0.9, 0.97]) {
      const trials = 500;
      let covered = 0;
      for (let trial = 0; trial < trials; trial++) {
        // Two of three images of a patient share their outcome.
        const found = Array.from({ length: 30 }, (_, p) => {
          const shared = random.uniform() < truth ? 1 : 0;
          const own = () => (random.uniform() < 2 / 3 ? shared : random.uniform() < truth ? 1 : 0);
          return Array.from({ length: 4 }, () => ({ patient: `p${p}`, value: own() }));
        }).flat();
        const { low, high } = proportionInterval(found);
        if (low <= truth && truth <= high) covered++;
      }
      expect(covered / trials, `${truth}`).toBeGreaterThan(0.9);
    }
  });
});

describe('the difference of two proportions', () => {
  const pairs = (both: number, first: number, second: number, neither: number) =>
    [
      ...Array(both).fill([1, 1]),
      ...Array(first).fill([1, 0]),
      ...Array(second).fill([0, 1]),
      ...Array(neither).fill([0, 0]),
    ].map(([value, other]: [number, number], i) => ({ patient: `p${i}`, value, other }));

  it('has the limits that Newcombe (1998) gives for 36, 12, 2 and 0 of 50', () => {
    const { mean, low, high } = proportionDifference(pairs(36, 12, 2, 0));
    expect([mean, low, high].map((value) => Number(value.toFixed(4)))).toEqual([0.2, 0.0569, 0.3404]);
  });

  it('has a width where one always hits and the other never does', () => {
    const { low, high } = proportionDifference(pairs(0, 24, 0, 0));
    expect(low).toBeCloseTo(0.804872180063877, 12);
    expect(high).toBeCloseTo(1, 12);
  });
});
