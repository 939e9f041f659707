import { describe, expect, it } from 'vitest';
import { panelsOf } from './panels.js';

const [WIDTH, HEIGHT] = [320, 200];
/** A raster of texture, and of one value where `bare` says. */
const raster = (bare: (x: number, y: number) => boolean, value = 255) => ({
  values: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) =>
    bare(i % WIDTH, Math.floor(i / WIDTH)) ? value : (i * 7919) % 200,
  ),
  ...{ width: WIDTH, height: HEIGHT, originalWidth: WIDTH, originalHeight: HEIGHT },
});
const pixels = (of: ReturnType<typeof panelsOf>) =>
  of.map(({ x, y, width, height }) =>
    [x * WIDTH, y * HEIGHT, width * WIDTH, height * HEIGHT].map(Math.round),
  );

describe('panels of a picture', () => {
  it('are apart by a white or black line through it', () => {
    for (const value of [255, 0])
      expect(pixels(panelsOf(raster((x) => x > 149 && x < 154, value)))).toEqual([
        [0, 0, 149, 200],
        [155, 0, 165, 200],
      ]);
  });

  it('may be a grid within margins', () => {
    const found = panelsOf(raster((x, y) => x < 10 || Math.abs(x - 160) < 4 || Math.abs(y - 100) < 4));
    expect(pixels(found)).toEqual([
      [11, 0, 145, 96],
      [11, 105, 145, 95],
      [165, 0, 155, 96],
      [165, 105, 155, 95],
    ]);
  });

  it('are none of one picture, with or without margins, and none that are small', () => {
    expect(panelsOf(raster(() => false))).toEqual([]);
    expect(panelsOf(raster((x, y) => x < 30 || y > 170))).toEqual([]);
    expect(panelsOf(raster((x) => x > 40 && x < 44))).toEqual([]);
    expect(panelsOf(raster((x) => x % 20 < 4))).toEqual([]);
    expect(panelsOf(raster((x, y) => x === 150 && y < 150))).toEqual([]);
  });
});
