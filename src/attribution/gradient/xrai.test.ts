import { expect, it } from 'vitest';
import { ranked, widened } from './xrai.js';

it('adds the segment of the greatest mean over what is not yet taken', () => {
  const gains = Float32Array.of(4, 2, 0, 0, -1, 3);
  const segments = [Int32Array.of(0, 1, 2), Int32Array.of(0, 1), Int32Array.of(2, 3)];
  // Pixels 0 and 1 with mean 3; then pixel 2 is all that the first segment has left.
  expect([...ranked(gains, segments)]).toEqual([3, 3, 0, 0, 1, 1]);
});

it('widens segments by all pixels that are at most five away', () => {
  const [height, width] = [26, 20];
  const isIn = (pixel: number) => Math.hypot(Math.floor(pixel / width) - 13, (pixel % width) - 8) < 5;
  const pixels = Array.from({ length: height * width }, (_, pixel) => pixel);
  const near = (own: readonly number[]) =>
    pixels.filter((a) =>
      own.some((b) => {
        const rows = Math.floor(a / width) - Math.floor(b / width);
        return rows ** 2 + ((a % width) - (b % width)) ** 2 <= 25;
      }),
    );
  const labels = { data: Float32Array.from(pixels, (pixel) => Number(isIn(pixel))), shape: [height, width] };
  const outside = pixels.filter((pixel) => !isIn(pixel));
  const found = widened(labels).map((region) => [...region].sort((a, b) => a - b));
  expect(found).toEqual([near(outside), near(pixels.filter(isIn))]);
});
