import { describe, expect, it } from 'vitest';
import { distance, norm } from './norm.js';
import { tensor } from './tensor.js';

describe('the Euclidean norm', () => {
  it('is that of a map of any size', () => {
    expect(norm(new Float32Array(2 ** 20).fill(1))).toBe(1024);
    expect(norm([3, -4])).toBe(5);
  });

  it('of a difference is the distance', () => {
    expect(distance(tensor(Float32Array.of(1, 2), [2]), tensor(Float32Array.of(4, 6), [2]))).toBe(5);
  });
});
