import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { spanningLength } from './spanning-tree.js';
import { tensor } from './tensor.js';

/** Prim's algorithm on all pairs of points. */
function literal(points: readonly (readonly [number, number])[]): number {
  const nearest = points.map(() => Infinity);
  const left = new Set(points.keys());
  let [total, next] = [0, 0];
  while (left.delete(next) && left.size > 0) {
    const [y, x] = points[next]!;
    for (const p of left)
      nearest[p] = Math.min(nearest[p]!, Math.hypot(points[p]![0] - y, points[p]![1] - x));
    next = [...left].reduce((best, p) => (nearest[p]! < nearest[best]! ? p : best));
    total += nearest[next]!;
  }
  return total;
}

describe('the minimum spanning tree of pixels', () => {
  it.each([0.01, 0.05, 0.2, 0.5, 0.9])('is as long as that of all pairs, of a share of %f', (share) => {
    const random = seededRandom(`tree ${share}`);
    const data = Uint8Array.from({ length: 40 * 37 }, () => (random.uniform() < share ? 1 : 0));
    const points = [...data.keys()]
      .filter((p) => data[p] === 1)
      .map((p) => [Math.floor(p / 37), p % 37] as const);
    expect(spanningLength(tensor(data, [40, 37]))).toBeCloseTo(literal(points), 9);
  });

  it('of one pixel or none has no length', () => {
    expect(spanningLength(tensor(Uint8Array.of(0, 1, 0), [1, 3]))).toBe(0);
    expect(spanningLength(tensor(Uint8Array.of(0, 0, 0), [1, 3]))).toBe(0);
  });
});
