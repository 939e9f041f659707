import { expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { blurPlane } from './blur-plane.js';

const random = seededRandom('planes');

it.each([
  [1, 1, 1.6],
  [5, 7, 0.8],
  [9, 4, 2.26],
  [31, 66, 4.5],
  [3, 2, 4.5],
])('is the double sum over the plane, whose edges go on: %i x %i, sigma %d', (height, width, sigma) => {
  const values = Float32Array.from({ length: height * width }, () => random.normal());
  const blurred = blurPlane(values, height, width, sigma);
  const radius = Math.ceil(2 * sigma);
  const within = (i: number, length: number) => Math.min(length - 1, Math.max(0, i));
  const offsets = Array.from({ length: 2 * radius + 1 }, (_, i) => i - radius);
  const expected = Array.from(values, (_, k) => {
    let [sum, weights] = [0, 0];
    for (const a of offsets) {
      for (const b of offsets) {
        const weight = Math.exp(-(a * a + b * b) / (2 * sigma * sigma));
        const row = within(Math.floor(k / width) + a, height);
        sum += weight * values[row * width + within((k % width) + b, width)]!;
        weights += weight;
      }
    }
    return sum / weights;
  });
  expect(blurred).toHaveLength(values.length);
  for (const [k, value] of expected.entries()) expect(blurred[k]).toBeCloseTo(value, 5);
});
