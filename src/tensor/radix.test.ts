import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { sortedFloats, sortedIndices } from './radix.js';

const random = seededRandom('radix');
const values = Float32Array.from({ length: 5000 }, (_, i) =>
  i % 7 === 0 ? Math.round(random.normal()) : random.normal() * 10 ** ((i % 60) - 30),
);
values.set([Infinity, -Infinity, 0, -0, 1e-45, -1e-45]);

describe('the radix sort', () => {
  it('orders floats as the built-in sort does', () => {
    expect([...sortedFloats(values)].map((v) => v + 0)).toEqual(
      [...values].sort((a, b) => a - b).map((v) => v + 0),
    );
    expect([...sortedFloats(values.subarray(3, 9))]).toHaveLength(6);
  });

  it('keeps the order of tied indices, both zeros tied', () => {
    const indices = Uint32Array.from(values.keys()).reverse();
    const stable = [...indices].sort((a, b) => values[a]! - values[b]!);
    expect([...sortedIndices(values, indices)]).toEqual(stable);
    expect([...indices].slice(0, 2)).toEqual([4999, 4998]);
  });
});
