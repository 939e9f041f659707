import { expect, it } from 'vitest';
import { withinBareEdges } from './bare-edges.js';

const raster = (width: number, height: number, at: (x: number, y: number) => number) => ({
  values: Uint8Array.from({ length: width * height }, (_, i) => at(i % width, Math.floor(i / width))),
  ...{ width, height, originalWidth: width, originalHeight: height },
});

it('is what lies within bare edges of any colour, with noise', () => {
  const inside = (x: number, y: number) => x >= 3 && x < 9 && y >= 2 && y < 6;
  const boxed = (edge: number) =>
    raster(12, 8, (x, y) => (inside(x, y) ? 40 * ((x + y) % 3) + 90 : edge + ((x * y) % 9)));
  for (const edge of [0, 120, 247])
    expect(withinBareEdges(boxed(edge))).toEqual({ x: 4 / 12, y: 3 / 8, width: 4 / 12, height: 2 / 8 });
});

it('is all of a picture without bare edges, and of a bare one', () => {
  const all = { x: 0, y: 0, width: 1, height: 1 };
  expect(withinBareEdges(raster(6, 4, (x, y) => 200 * ((x + y) % 2)))).toEqual(all);
  expect(withinBareEdges(raster(6, 4, (x) => x))).toEqual(all);
  const thin = raster(10, 10, (x, y) => (x === 4 ? 20 * y : 0));
  expect(withinBareEdges(thin)).toEqual({ x: 0.4, y: 0.2, width: 0.1, height: 0.8 });
});
