import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { hide } from './hide.js';

const image = { data: new Float32Array(2 * 16 * 24).fill(1), shape: [2, 16, 24] };
const mean = [0.25, 0.5];
const area = 16 * 24;
const hidden = (seed: number, probability = 1) => hide(image, mean, probability, seededRandom(seed)).data;

describe('hiding parts of an image', () => {
  it('shows a pixel in all channels, or the mean of each', () => {
    for (let seed = 0; seed < 40; seed++) {
      const data = hidden(seed);
      for (let p = 0; p < area; p++) expect([1, 0.25]).toContain(data[p]);
      for (let p = 0; p < area; p++) expect(data[area + p]).toBe(data[p] === 1 ? 1 : 0.5);
    }
  });

  it('hides nothing, some and all of the image, now and then', () => {
    const shares = Array.from({ length: 100 }, (_, seed) => {
      const data = hidden(seed).subarray(0, area);
      return data.reduce((count, value) => count + (value === 1 ? 0 : 1), 0) / area;
    });
    expect(Math.min(...shares)).toBe(0);
    expect(Math.max(...shares)).toBe(1);
    expect(shares.filter((share) => share > 0.2 && share < 0.8).length).toBeGreaterThan(30);
  });

  it('happens with its probability', () => {
    const touched = Array.from({ length: 400 }, (_, seed) => hidden(seed, 0.5).some((value) => value !== 1));
    const share = touched.filter(Boolean).length / touched.length;
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(0.5);
  });
});
