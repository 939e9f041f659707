import { describe, expect, it } from 'vitest';
import { quantile } from './quantile.js';

describe('quantile', () => {
  it('uses the R-7 method', () => {
    expect(quantile([3, 1, 2, 4], 0.5)).toBe(2.5);
    expect(quantile([10, 20, 30, 40, 50], 0.1)).toBeCloseTo(14, 12);
    expect(quantile([3, 6, 7, 8, 8, 10, 13, 15, 16, 20], 0.25)).toBe(7.25);
  });

  it('gives the ends at 0 and 1, and the only value of one', () => {
    expect([quantile([3, 1, 2], 0), quantile([3, 1, 2], 1), quantile([5], 0.3)]).toEqual([1, 3, 5]);
  });

  it('leaves its values as they were', () => {
    const values = [3, 1, 2];
    quantile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
  });

  it('refuses no values and a part outside 0 to 1', () => {
    expect(() => quantile([], 0.5)).toThrow(/no values/);
    expect(() => quantile([1], 1.1)).toThrow(/1\.1 does not/);
  });
});
