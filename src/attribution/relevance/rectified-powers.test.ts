import { describe, expect, it } from 'vitest';
import { explained } from '../../testing/networks/two-by-two.js';

describe('powers of rectified values', () => {
  it.each([2, 3, 0.5, 1.5])('have finite multipliers that sum to the difference: %f', async (power) => {
    const found = await explained((x, b) => b.pow(b.relu(x), power), 'deeplift');
    expect(found.notes).toEqual([]);
    for (const left of found.residual!) expect(Math.abs(left)).toBeLessThan(1e-3);
  });
});
