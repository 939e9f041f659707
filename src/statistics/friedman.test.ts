import { expect, it } from 'vitest';
import { friedman } from './friedman.js';

const agreeing = [
  [5, 4, 1, 1, 1],
  [3, 3, 2, 2, 1],
  [3, 2, 1],
  [7, 7, 7, 1],
];

const permutationsOf = (values: readonly number[]): readonly (readonly number[])[] =>
  values.length < 2
    ? [values]
    : values.flatMap((value, i) => permutationsOf(values.toSpliced(i, 1)).map((rest) => [value, ...rest]));

it.each([2, 3, 7, 24])('is surest where all of %d subjects rank alike, with ties too', (subjects) => {
  for (const row of agreeing) {
    const orders = new Set(permutationsOf(row).map(String)).size;
    const { w, f, fP } = friedman(Array.from({ length: subjects }, () => row));
    expect(w).toBeCloseTo(1, 9);
    expect(f).toBe(Number.POSITIVE_INFINITY);
    expect(fP * orders ** (subjects - 1)).toBeCloseTo(1, 9);
  }
});
