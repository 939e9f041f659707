import { expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { aurocOf, chanceOfAuroc, intervalOf, type Observed } from './separation.js';

const observed = (value: number, isIn: boolean, patient: string): Observed => ({
  value,
  isIn,
  patient,
  site: undefined,
});
const classes = (own: readonly number[], others: readonly number[]) =>
  [own, others].flatMap((values, k) =>
    values.map((value, i) => observed(value, k === 0, `${k === 0 ? 'own' : 'other'}${i}`)),
  );
const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

it('is the share of pairs that a value orders, ties as halves, as of scikit-learn', () => {
  expect(aurocOf(classes([3, 4, 1, 9, 6], [1, 5, 2, 5, 3]))).toBeCloseTo(0.64, 12);
  expect(aurocOf(classes([5, 6], [1, 2]))).toBe(1);
  expect(aurocOf(classes([], [1, 2]))).toBeNaN();
});

// The roots of Newcombe's equation by scipy 1.17's brentq.
it.each([
  [1, 16, 16, 0.8731613383, 1],
  [1, 5, 5, 0.6427028201, 1],
  [0.9, 20, 30, 0.764250917, 0.9588334994],
  [0.75, 8, 40, 0.5290503971, 0.8827936391],
])('has an interval by patients (%s of %i and %i)', (auroc, m, n, low, high) => {
  const all = classes(range(m), range(n));
  const doubled = all.flatMap((one) => [one, one]);
  for (const images of [all, doubled]) {
    const [from, to] = intervalOf(auroc, images);
    expect(from).toBeCloseTo(low, 6);
    expect(to).toBeCloseTo(high, 6);
  }
});

it('is left to chance with few patients, however many images each has', () => {
  const chance = (all: readonly Observed[]) => chanceOfAuroc(all, 500, seededRandom(1));
  expect(chance(classes(range(8, 100), range(8)))).toBeLessThan(0.01);
  expect(chance(classes(range(3, 100), range(3)))).toBeGreaterThan(0.05);
  const few = classes(range(60, 100), range(60)).map((one, i) => ({
    ...one,
    patient: `p${i % 4}${one.isIn}`,
  }));
  expect(chance(few)).toBeGreaterThan(0.01);
});

it('is no chance where each patient has brighter images of the class', () => {
  const pairs = range(10).flatMap((i) => [
    observed(i + 20, true, `p${i}`),
    observed(i + 21, true, `p${i}`),
    observed(i, false, `p${i}`),
    observed(i + 1, false, `p${i}`),
  ]);
  expect(chanceOfAuroc(pairs, 500, seededRandom(1))).toBeLessThan(0.01);
});
