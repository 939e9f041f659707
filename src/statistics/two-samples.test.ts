import { expect, it } from 'vitest';
import { mannWhitney, welch } from './two-samples.js';

it('samples of one value do not tell apart', () => {
  expect(mannWhitney([2, 2, 2], [2, 2])).toBe(1);
  expect(welch([2, 2, 2], [2, 2])).toBeNaN();
});

// scipy 1.17.1: mannwhitneyu(method='asymptotic') and ttest_ind(equal_var=False).
it('gives the p-values of scipy for samples with ties', () => {
  const [a, b] = [
    [1, 2, 2, 3, 5],
    [2, 4, 4, 6],
  ];
  expect(mannWhitney(a, b)).toBeCloseTo(0.26017490098354834, 12);
  expect(welch(a, b)).toBeCloseTo(0.2330020997201133, 7);
});
