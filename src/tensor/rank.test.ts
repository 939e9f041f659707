import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { quantile } from './quantile.js';
import {
  averageRanks,
  countAbove,
  cutOfTop,
  descendingOrder,
  positiveGroups,
  quantileOf,
  tieGroups,
} from './rank.js';

describe('averageRanks', () => {
  it('gives equal values the mean of their ranks', () => {
    expect([...averageRanks([10, 20, 10, 30, 20, 20])]).toEqual([1.5, 4, 1.5, 6, 4, 4]);
    expect([...averageRanks([])]).toEqual([]);
  });
});

describe('descendingOrder', () => {
  it('goes from the greatest to the least, and through ties by the seed alone', () => {
    const values = Float32Array.from({ length: 200 }, (_, i) => i % 5);
    const order = descendingOrder(values, seededRandom(1));
    expect([...order].map((i) => values[i])).toEqual([...values].sort((a, b) => b - a));
    expect(new Set(order).size).toBe(200);
    expect(descendingOrder(values, seededRandom(1))).toEqual(order);
    expect(descendingOrder(values, seededRandom(2))).not.toEqual(order);
  });
});

describe('tieGroups', () => {
  it('counts each distinct value inside and outside', () => {
    const { values, inside, outside } = tieGroups(
      Float32Array.of(1, 2, 2, -1, 1, 0),
      Uint8Array.of(0, 1, 0, 1, 0, 0),
    );
    expect([...values]).toEqual([2, 1, 0, -1]);
    expect([...inside]).toEqual([1, 0, 0, 1]);
    expect([...outside]).toEqual([1, 2, 1, 0]);
  });

  it('counts both zeros as one value', () => {
    expect([...tieGroups(Float32Array.of(0, -0, -0), Uint8Array.of(1, 0, 1)).inside]).toEqual([2]);
  });

  it('refuses a NaN, which has no place in an order', () => {
    expect(() => tieGroups(Float32Array.of(1, Number.NaN), Uint8Array.of(0, 1))).toThrow(/NaN has no order/);
  });
});

describe('what the groups of a map tell', () => {
  const random = seededRandom('groups');
  const map = Float32Array.from({ length: 300 }, () => Math.round(4 * random.normal()) / 2);
  const mask = Uint8Array.from(map, () => (random.uniform() < 0.3 ? 1 : 0));
  const groups = tieGroups(map, mask);

  it('its quantiles', () => {
    for (const at of [0, 0.013, 0.5, 0.95, 1]) expect(quantileOf(groups, at)).toBe(quantile(map, at));
  });

  it('the groups of its positive part, or all where none is below zero', () => {
    const positive = map.map((value) => Math.max(0, value));
    expect(positiveGroups(groups)).toEqual(tieGroups(positive, mask));
    const above = map.map((value) => value + 50);
    expect(positiveGroups(tieGroups(above, mask))).toEqual(tieGroups(above, mask));
  });

  it('how many are above a value, and where a number of them ends', () => {
    const above = [...map.keys()].filter((p) => map[p]! > 0.5);
    expect(countAbove(groups, 0.5)).toEqual({
      all: above.length,
      inner: above.filter((p) => mask[p] === 1).length,
    });
    const { cut, share } = cutOfTop(groups, 40);
    const [over, tied] = [map.filter((v) => v > cut).length, map.filter((v) => v === cut).length];
    expect(over + share * tied).toBeCloseTo(40, 9);
  });
});
