import { expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { fineStructure, partOf, summed } from './part.js';

const SIDE = 24;
const random = seededRandom(3);
const picture = Float32Array.from({ length: SIDE * SIDE }, () => random.uniform());

it('averages the areas of a part, taken literally pixel by pixel', () => {
  const part = { x: 0.13, y: 0.31, width: 0.6, height: 0.47 };
  const to = 5;
  const overlap = (k: number, from: number, length: number, pixel: number) => {
    const [low, high] = [(from + (length * k) / to) * SIDE, (from + (length * (k + 1)) / to) * SIDE];
    return Math.max(0, Math.min(high, pixel + 1) - Math.max(low, pixel));
  };
  const out = partOf(summed(picture, SIDE), part, to);
  for (let j = 0; j < to; j++) {
    for (let i = 0; i < to; i++) {
      let [sum, area] = [0, 0];
      for (let p = 0; p < picture.length; p++) {
        const weight =
          overlap(i, part.x, part.width, p % SIDE) * overlap(j, part.y, part.height, Math.floor(p / SIDE));
        sum += weight * picture[p]!;
        area += weight;
      }
      expect(out[j * to + i]).toBeCloseTo(sum / area, 5);
    }
  }
});

it('keeps fine structure whatever the contrast, and bounds a strong edge', () => {
  const a = fineStructure(picture, SIDE);
  const b = fineStructure(
    picture.map((value) => 0.4 * value + 0.3),
    SIDE,
  );
  expect(a.reduce((sum, value, i) => sum + value * b[i]!, 0)).toBeCloseTo(1, 5);
  const edged = fineStructure(
    picture.map((value, i) => value + (i % SIDE < 3 ? 9 : 0)),
    SIDE,
  );
  const size = [...edged].map(Math.abs);
  expect(Math.max(...size)).toBeLessThan(3 / SIDE);
  expect(fineStructure(new Float32Array(SIDE * SIDE), SIDE).every((value) => value === 0)).toBe(true);
});
