import { expect, it } from 'vitest';
import { kolmogorovSmirnov } from './dependence.js';
import { friedman } from './friedman.js';
import { signFlipTest } from './sign-flip.js';
import { mannWhitney, welch } from './two-samples.js';
import { roundedDifferences, wilcoxon } from './wilcoxon.js';

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

it('gives NaN where a value is no number, whatever the test', () => {
  const [a, b] = [
    [1, Number.NaN, 3, 4, 5, 6],
    [0, 0, 1, 0, 0, 0],
  ];
  const values = [
    mannWhitney(a, b),
    welch(a, b),
    kolmogorovSmirnov(a, b).p,
    wilcoxon(a, b).p,
    wilcoxon(a, b, { exact: false }).p,
    wilcoxon([Number.NaN, 2, 3], [1, 2, 3]).p,
    wilcoxon([Number.NaN, 2, 3], [1, 2, 3], { zeros: 'pratt' }).p,
    signFlipTest(a.map((value, i) => ({ patient: `${i}`, value }))),
    friedman(a.map((value, i) => [value, b[i]!, i])).p,
    friedman(a.map((value, i) => [value, b[i]!, i])).fP,
  ];
  expect(values).toEqual(values.map(() => Number.NaN));
});

it('leaves differences of equal means that rounding tells apart to be ties', () => {
  const [a, b] = [
    [0.1 + 0.2, 0.7, 1 / 3 + 1 / 48, 0.5, 0.6, 0.9],
    [0.3, 0.4, 1 / 3, 0.5 + 1 / 48, 0.6 - 1 / 48, 0.1],
  ];
  const none = a.map(() => 0);
  const exact = wilcoxon([0, 14.4, 1, -1, 1, 38.4], none);
  expect(wilcoxon(roundedDifferences(a, b), none)).toEqual(exact);
  expect(wilcoxon(a, b)).not.toEqual(exact);
  expect(roundedDifferences(none, none)).toEqual(none);
});
