import { expect, it } from 'vitest';
import { fitted, inverted, type Point, projected, scaleOf, similarity } from './projection.js';

const points: readonly Point[] = [0, 1, 2, 3].flatMap((x) =>
  [0, 1, 2].map((y): Point => [90 * x, 70 * y + x]),
);
const close = (found: Point, [x, y]: Point) => {
  expect(found[0]).toBeCloseTo(x, 6);
  expect(found[1]).toBeCloseTo(y, 6);
};

it.each([
  ['an affine map', 6, [1.2, -0.3, 40, 0.2, 0.9, -7, 0, 0, 1]],
  ['a projective map', 8, [1.2, -0.3, 40, 0.2, 0.9, -7, 4e-4, -2e-4, 1]],
] as const)('fits %s to points, and turns it round', (_, terms, map) => {
  const to = points.map((point) => projected(map, point));
  const found = fitted(points, to, terms)!;
  for (const [i, point] of points.entries()) {
    close(projected(found, point), to[i]!);
    close(projected(inverted(found), to[i]!), point);
  }
});

it('fits none to points on a line', () => {
  const line = points.map(([x]): Point => [x, 2 * x]);
  expect(fitted(line, line, 6)).toBeUndefined();
});

it('finds the shift, turn and scale between two pairs of points', () => {
  const map = similarity(
    [
      [1, 2],
      [4, 6],
    ],
    [
      [10, 10],
      [2, 16],
    ],
  );
  close(projected(map, [1, 2]), [10, 10]);
  close(projected(map, [4, 6]), [2, 16]);
  expect(scaleOf(map)).toBeCloseTo(2, 6);
});
