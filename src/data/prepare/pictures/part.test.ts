import { expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { partOf, summed } from './part.js';

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
