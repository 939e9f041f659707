import { expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { localContrast } from './local-contrast.js';

const SIDE = 20;
const random = seededRandom(5);
const picture = Float32Array.from({ length: SIDE * SIDE }, () => 255 * random.uniform());

it('is the distance from the mean around a pixel in its deviations, taken literally', () => {
  const got = localContrast(picture, SIDE);
  for (const [i, value] of picture.entries()) {
    const near = [...picture].filter(
      (_, k) =>
        Math.abs((k % SIDE) - (i % SIDE)) <= 4 && Math.abs(Math.floor(k / SIDE) - Math.floor(i / SIDE)) <= 4,
    );
    const mean = near.reduce((a, b) => a + b, 0) / near.length;
    const variance = near.reduce((sum, one) => sum + (one - mean) ** 2, 0) / near.length;
    expect(got[i]).toBeCloseTo((16 * (value - mean)) / Math.sqrt(variance + 9), -0.5);
  }
});

it('stays where brightness and contrast change from place to place', () => {
  const lit = picture.map((value, i) => (0.4 + (0.5 * (i % SIDE)) / SIDE) * value + i / SIDE);
  const [a, b] = [localContrast(picture, SIDE), localContrast(lit, SIDE)];
  const dot = (x: Int8Array, y: Int8Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  expect(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))).toBeGreaterThan(0.99);
});

it('is nothing where nothing varies, and little where noise does', () => {
  expect(localContrast(new Float32Array(SIDE * SIDE).fill(7), SIDE).every((value) => value === 0)).toBe(true);
  const noise = localContrast(
    picture.map((value) => value / 255),
    SIDE,
  );
  expect(Math.max(...noise.map(Math.abs))).toBeLessThan(5);
});
