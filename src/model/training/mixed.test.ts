import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { mixed } from './mixed.js';
import { beta, type Mixing } from './mixing/mixing.js';
import { mixings } from './mixing/registry.js';

const plane = (value: number) => ({
  data: new Float32Array(2 * 9 * 7).fill(value),
  shape: [2, 9, 7] as const,
});
const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(Object.values<Mixing>(mixings))('$name', ({ mix }) => {
  it('returns the share of the image that is left', () => {
    for (let seed = 0; seed < 20; seed++) {
      const image = plane(1);
      const share = mix(image, plane(0), seededRandom(seed));
      expect(mean(image.data)).toBeCloseTo(share, 6);
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
    }
  });

  it('mixes targets and weights by the shares of the images', () => {
    // Of class 0 with weight 1, of class 1 with weight 3, and one that fills the step up.
    const shown = {
      image: { data: Float32Array.from([1, 1, 1, 1, 0, 0, 0, 0, 5, 5, 5, 5]), shape: [3, 1, 2, 2] },
      targets: { data: Float32Array.from([1, 0, 0, 1, 1, 0]), shape: [3, 2] },
      weights: { data: Float32Array.from([1, 3, 0]), shape: [3, 1] },
    };
    const samples = ['a', 'b', 'c'].map((id) => ({ id }));
    for (let seed = 0; seed < 8; seed++) {
      const { image, targets, weights } = mixed(
        shown,
        samples,
        2,
        { name: '', doc: '', mix },
        seededRandom(seed),
      );
      for (const row of [0, 1]) {
        const share = mean(image.data.slice(4 * row, 4 * row + 4));
        const weight = weights.data[row]!;
        expect(weight * targets.data[2 * row]!).toBeCloseTo(share, 5);
        expect(weight * targets.data[2 * row + 1]!).toBeCloseTo(3 * (1 - share), 5);
      }
      expect([...image.data.slice(8)]).toEqual([5, 5, 5, 5]);
      expect(weights.data[2]).toBe(0);
    }
  });
});

describe('shares of mixed images', () => {
  it('follow the distribution Beta(a, a)', () => {
    const random = seededRandom('beta');
    for (const a of [0.2, 1]) {
      const drawn = Float32Array.from({ length: 4000 }, () => beta(a, random));
      const variance = mean(drawn.map((share) => (share - 0.5) ** 2));
      expect(mean(drawn)).toBeCloseTo(0.5, 1);
      expect(variance).toBeCloseTo(1 / (4 * (2 * a + 1)), 2);
    }
  });
});
