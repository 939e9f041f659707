import { describe, expect, it } from 'vitest';
import { kendall } from './kendall.js';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe("Kendall's rank correlation of few values", () => {
  it('two of all orders of four agree or disagree throughout: p = 2 / 24', () => {
    expect(kendall(upTo(4), upTo(4))).toEqual({ tau: 1, p: expect.closeTo(1 / 12, 12) });
    expect(kendall(upTo(4), upTo(4).reverse())).toEqual({ tau: -1, p: expect.closeTo(1 / 12, 12) });
  });

  // scipy 1.17.1: kendalltau(x, y).
  it.each([
    [[1, 0, 2, 4, 3], 0.6, 0.23333333333333334],
    [[2, 0, 1, 3, 5, 4, 6], 0.7142857142857143, 0.03015873015873016],
    [[0, 2, 1, 4, 3, 9, 5, 6, 8, 7], 0.6888888888888888, 0.00468694885361552],
  ])('counts orders without ties: %j', (y, tau, p) => {
    expect(kendall(upTo(y.length), y)).toEqual({ tau: expect.closeTo(tau, 12), p: expect.closeTo(p, 12) });
  });

  it('counts orders with ties: the last of three is greatest or least in four of six', () => {
    expect(kendall([0, 0, 1], [0, 1, 2]).p).toBeCloseTo(4 / 6, 12);
  });

  it('says nothing of a side that is constant', () => {
    expect(kendall([1, 1, 1], [1, 2, 3])).toEqual({ tau: Number.NaN, p: Number.NaN });
  });
});
