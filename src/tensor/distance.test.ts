import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { distancesAt } from './distance.js';

describe('the distance to the nearest marked pixel', () => {
  it.each([
    [9, 14, 0.1],
    [16, 5, 0.03],
    [1, 20, 0.2],
    [20, 1, 0.5],
  ])('equals the minimum over all marked pixels, %i x %i', (height, width, share) => {
    const random = seededRandom(`distance ${height}`);
    const marked = Array.from({ length: height * width }, () => random.uniform() < share);
    marked[3] = true;
    const all = [...marked.keys()];
    const mask = { data: Uint8Array.from(marked, Number), shape: [height, width] };
    const found = distancesAt(all, mask);
    for (let p = 0; p < marked.length; p++) {
      const least = marked.reduce(
        (best, is, q) =>
          is
            ? Math.min(
                best,
                Math.hypot(Math.floor(p / width) - Math.floor(q / width), (p % width) - (q % width)),
              )
            : best,
        Infinity,
      );
      expect(found[p]).toBeCloseTo(least, 12);
    }
    const some = all.filter((p) => p % 7 === 3);
    expect([...distancesAt(some, mask)]).toEqual(some.map((p) => found[p]));
  });

  it('is infinite where nothing is marked', () => {
    expect([...distancesAt([0, 1, 2, 3], { data: new Uint8Array(4), shape: [2, 2] })]).toEqual([
      Infinity,
      Infinity,
      Infinity,
      Infinity,
    ]);
  });
});
