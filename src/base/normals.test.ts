import { expect, it } from 'vitest';
import { normalsOf } from './normals.js';
import { seededRandom } from './random.js';

it('draws the normal numbers of the stream, over arrays of any length', () => {
  const [one, many] = [seededRandom('normals'), normalsOf(seededRandom('normals'), 0.5)];
  for (const length of [1001, 0, 1, 1, 2, 7, 20_000, 3]) {
    const expected = Float64Array.from({ length }, () => 0.5 * one.normal());
    const errors = many(new Float32Array(length)).map((v, i) => Math.abs(v / expected[i]! - 1));
    expect(Math.max(0, ...errors)).toBeLessThan(1e-7);
  }
});
