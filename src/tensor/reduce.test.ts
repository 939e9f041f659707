import { describe, expect, it } from 'vitest';
import { channelReductions, reduceChannels } from './reduce.js';
import { tensor, zeros } from './tensor.js';

const map = tensor(Float32Array.of(1, -2, 3, -5, -4, 6, 7, 8), [2, 2, 1, 2]);

describe('reduceChannels', () => {
  it.each([
    ['sum', [4, -7, 3, 14]],
    ['mean', [2, -3.5, 1.5, 7]],
    ['abs-sum', [4, 7, 11, 14]],
    ['max-abs', [3, 5, 7, 8]],
    ['l2', [Math.sqrt(10), Math.sqrt(29), Math.sqrt(65), 10]],
  ] as const)('%s over the channels of each image', (reduction, expected) => {
    const { data, shape } = reduceChannels(map, reduction);
    expect(shape).toEqual([2, 1, 1, 2]);
    for (const [i, value] of expected.entries()) expect(data[i]).toBeCloseTo(value, 6);
  });

  it('passes a NaN on to its own pixel alone, whatever the reduction', () => {
    const broken = tensor(Float32Array.of(Number.NaN, 1, 2, 3), [1, 2, 1, 2]);
    for (const reduction of channelReductions) {
      expect([...reduceChannels(broken, reduction).data].map(Number.isNaN)).toEqual([true, false]);
    }
  });

  it('refuses another shape', () => {
    expect(() => reduceChannels(zeros([2, 3]))).toThrow(/\[2,3\]/);
  });
});
