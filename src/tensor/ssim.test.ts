import { describe, expect, it } from 'vitest';
import { ssim } from './ssim.js';

const plane = (value: (i: number, j: number) => number) =>
  Float64Array.from({ length: 15 * 12 }, (_, p) => value(Math.floor(p / 12), p % 12));

describe('structural similarity', () => {
  const a = plane((i, j) => Math.sin(i * 0.7 + j * 0.3) + 0.1 * i);
  const b = plane((i, j) => Math.sin(i * 0.7 + j * 0.5) + 0.05 * i * Math.cos(j));

  it('is 1 of a plane with itself', () => {
    expect(ssim(a, a, [15, 12])).toBeCloseTo(1, 12);
  });

  // skimage.metrics.structural_similarity 0.26.0 with data_range = max - min of both.
  it('is that of scikit-image', () => {
    expect(ssim(a, b, [15, 12])).toBeCloseTo(-0.05892952893, 10);
    expect(ssim(a, b, [1, 180])).toBeCloseTo(0.005439917796, 10);
  });

  it('is undefined where a window does not fit', () => {
    expect(ssim([1, 2], [2, 1], [1, 2])).toBeNaN();
  });
});
