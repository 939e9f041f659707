import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { averaged } from './area.js';
import { hammingDistance, perceptualHash } from './hash.js';

describe('fingerprints', () => {
  const picture = (seed: number, side: number) => {
    const random = seededRandom(seed);
    return Float32Array.from({ length: side * side }, () => random.uniform());
  };

  it('hash by the cosine transform, taken literally', () => {
    const p = picture(1, 32);
    const values: number[] = [];
    for (let v = 0; v < 8; v++) {
      for (let u = 0; u < 8; u++) {
        let sum = 0;
        for (let y = 0; y < 32; y++) {
          for (let x = 0; x < 32; x++) {
            sum +=
              p[y * 32 + x]! *
              Math.cos(((x + 0.5) * u * Math.PI) / 32) *
              Math.cos(((y + 0.5) * v * Math.PI) / 32);
          }
        }
        values.push(sum);
      }
    }
    const median = values.slice(1).sort((a, b) => a - b)[31]!;
    const [low, high] = perceptualHash(p);
    const bits = values.map((_, i) => ((i < 32 ? low >>> i : high >>> (i - 32)) & 1) === 1);
    expect(bits).toEqual(values.map((value, i) => i > 0 && value > median));
  });

  it('count differing bits', () => {
    expect(hammingDistance([0xffffffff, 0], [0, 0])).toBe(32);
    expect(hammingDistance([0b1011, 0x80000000], [0b0001, 0])).toBe(3);
  });

  it('average areas: a ramp stays a ramp, the mean stays the mean', () => {
    const values = Uint8Array.from({ length: 100 * 70 }, (_, i) => 2 * (i % 100));
    const out = averaged({ values, width: 100, height: 70, originalWidth: 100, originalHeight: 70 }, 32);
    for (let j = 0; j < 32; j++) expect(out[j]! * 255).toBeCloseTo(2 * (((j + 0.5) * 100) / 32 - 0.5), 0);
    expect(out.reduce((a, b) => a + b, 0) / 1024).toBeCloseTo(99 / 255, 4);
  });
});
