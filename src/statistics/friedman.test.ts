import { expect, it } from 'vitest';
import { friedman } from './friedman.js';

const agreeing = [
  [5, 4, 1, 1, 1],
  [3, 3, 2, 2, 1],
  [3, 2, 1],
  [7, 7, 7, 1],
];

it.each([2, 3, 7, 24])('is surest where all of %d subjects rank alike, with ties too', (subjects) => {
  for (const row of agreeing) {
    const { w, f, fP } = friedman(Array.from({ length: subjects }, () => row));
    expect(w).toBeCloseTo(1, 9);
    expect([f, fP]).toEqual([Number.POSITIVE_INFINITY, 0]);
  }
});
