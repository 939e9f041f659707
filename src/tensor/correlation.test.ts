import { describe, expect, it } from 'vitest';
import { pearson } from './correlation.js';

describe('correlation', () => {
  it('is 1 and -1 for straight lines', () => {
    expect(pearson([1, 2, 3], [10, 20, 30])).toBeCloseTo(1, 12);
    expect(pearson([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
  });

  it('agrees with numbers worked by hand', () => {
    expect(pearson([1, 2, 3, 4], [1, 3, 2, 5])).toBeCloseTo(5.5 / Math.sqrt(5 * 8.75), 12);
  });

  it('is NaN where a side does not vary', () => {
    expect(pearson([1, 1], [1, 2])).toBeNaN();
  });
});
