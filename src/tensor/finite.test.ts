import { describe, expect, it } from 'vitest';
import { notFinite } from './finite.js';

describe('values that are no number', () => {
  it('are counted, and the first is found', () => {
    const data = new Float32Array(24).fill(1);
    data[17] = Number.NaN;
    data[23] = -Infinity;
    expect(notFinite({ data, shape: [2, 3, 4] })).toBe(
      '2 of 24 values are NaN or infinite, the first at [1,1,1]',
    );
  });

  it('are not there in ordinary numbers, whole ones and an array of none', () => {
    expect(notFinite({ data: Float64Array.of(1e300, -0), shape: [2] })).toBeUndefined();
    expect(notFinite({ data: Uint8Array.of(1), shape: [1] })).toBeUndefined();
    expect(notFinite({ data: new Float32Array(), shape: [0, 2] })).toBeUndefined();
  });
});
