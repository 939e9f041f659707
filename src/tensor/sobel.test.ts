import { describe, expect, it } from 'vitest';
import { sobelMagnitude } from './sobel.js';
import { tensor, zeros } from './tensor.js';

describe('sobelMagnitude', () => {
  it('is eight times the slope of a ramp, in any direction', () => {
    const ramp = tensor(
      Float32Array.from({ length: 49 }, (_, p) => 3 * (p % 7) + 4 * Math.floor(p / 7)),
      [7, 7],
    );
    const edges = sobelMagnitude(ramp);
    for (let i = 1; i < 6; i++) for (let j = 1; j < 6; j++) expect(edges.data[i * 7 + j]).toBe(40);
  });

  it('is nothing on a flat image, up to its edges, and keeps planes apart', () => {
    const image = zeros([2, 1, 3, 3]);
    image.data.fill(5, 0, 9);
    expect([...sobelMagnitude(image).data]).toEqual(Array(18).fill(0));
  });

  it('answers to a point with the size of the kernels', () => {
    const point = zeros([5, 5]);
    point.data[12] = 1;
    const edges = sobelMagnitude(point);
    expect(edges.data[12]).toBe(0);
    expect(edges.data[11]).toBe(2);
    expect(edges.data[6]).toBeCloseTo(Math.SQRT2, 6);
    expect(edges.data[0]).toBe(0);
  });
});
