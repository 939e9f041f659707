import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { foldedGaussian, gaussianBlur, gaussianKernel } from './blur.js';
import { tensor, zeros } from './tensor.js';

const random = seededRandom('blur');
const noise = (shape: number[]) => {
  const out = zeros(shape);
  for (let i = 0; i < out.data.length; i++) out.data[i] = random.normal();
  return out;
};

describe('gaussianBlur', () => {
  it.each([
    [7, 5, 0.8],
    [3, 4, 2.5],
    [1, 6, 1],
  ])('is the double sum over the mirrored image: %i x %i, sigma %d', (h, w, sigma) => {
    const source = noise([2, h, w]);
    const blurred = gaussianBlur(source, sigma);
    const radius = Math.floor(4 * sigma + 0.5);
    const mirror = (i: number, n: number): number =>
      i < 0 ? mirror(-1 - i, n) : i >= n ? mirror(2 * n - 1 - i, n) : i;
    for (let p = 0; p < 2; p++) {
      for (let i = 0; i < h; i++) {
        for (let j = 0; j < w; j++) {
          let [sum, weights] = [0, 0];
          for (let a = -radius; a <= radius; a++) {
            for (let b = -radius; b <= radius; b++) {
              const weight = Math.exp(-(a * a + b * b) / (2 * sigma * sigma));
              sum += weight * source.data[(p * h + mirror(i + a, h)) * w + mirror(j + b, w)]!;
              weights += weight;
            }
          }
          expect(blurred.data[(p * h + i) * w + j]!).toBeCloseTo(sum / weights, 5);
        }
      }
    }
  });

  it('keeps a flat image flat and the sum of any image', () => {
    const flat = tensor(new Float32Array(30).fill(3), [5, 6]);
    for (const value of gaussianBlur(flat, 2).data) expect(value).toBeCloseTo(3, 5);
    const source = noise([5, 6]);
    const sum = (values: Float32Array) => values.reduce((a, b) => a + b, 0);
    expect(sum(gaussianBlur(source, 1.5).data)).toBeCloseTo(sum(source.data), 4);
  });

  it('copies at sigma 0', () => {
    const source = noise([2, 2]);
    const same = gaussianBlur(source, 0);
    expect(same).toEqual(source);
    expect(same.data).not.toBe(source.data);
  });

  it('refuses a negative sigma and a vector', () => {
    expect(() => gaussianBlur(noise([2, 2]), -1)).toThrow(/sigma is at least 0; this one is -1/);
    expect(() => gaussianBlur(noise([4]), 1)).toThrow(/\[4\]/);
  });

  it('has the kernel of a sampled Gaussian, cut at four sigma', () => {
    const kernel = gaussianKernel(1);
    expect(kernel.length).toBe(9);
    expect(kernel[3]! / kernel[4]!).toBeCloseTo(Math.exp(-0.5), 12);
  });
});

describe('foldedGaussian', () => {
  it.each([0, 0.8, 2.5, 9])('gives the blur along a line: sigma %d', (sigma) => {
    const lines = noise([3, 1, 6]);
    const weights = foldedGaussian(sigma, 6);
    const blurred = gaussianBlur(lines, sigma).data;
    for (let i = 0; i < 6; i++) {
      for (let line = 0; line < 3; line++) {
        let sum = 0;
        for (let j = 0; j < 6; j++) {
          sum += (weights[Math.abs(i - j)]! + weights[i + j + 1]!) * lines.data[line * 6 + j]!;
        }
        expect(blurred[line * 6 + i]).toBeCloseTo(sum, 5);
      }
    }
  });
});
