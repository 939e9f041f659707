import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { unionArea } from './places.js';

describe('places', () => {
  it('have the area that a raster of them has', () => {
    const draw = seededRandom(8);
    for (let round = 0; round < 50; round++) {
      const places = Array.from({ length: 6 }, () => ({
        x: draw.below(30) - 5,
        y: draw.below(30) - 5,
        width: 1 + draw.below(12),
        height: 1 + draw.below(12),
      }));
      let literal = 0;
      for (let y = 0; y < 25; y++) {
        for (let x = 0; x < 25; x++) {
          if (places.some((p) => x >= p.x && x < p.x + p.width && y >= p.y && y < p.y + p.height)) literal++;
        }
      }
      expect(unionArea(places, { x: 0, y: 0, width: 25, height: 25 })).toBe(literal);
    }
  });
});
