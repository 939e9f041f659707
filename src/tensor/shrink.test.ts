import { expect, it } from 'vitest';
import { resizeBilinear } from './resize.js';
import { shrunk } from './shrink.js';
import { tensor } from './tensor.js';

const image = tensor(
  Float32Array.from({ length: 35 }, (_, i) => (7 * i) % 11),
  [1, 5, 7],
);

// torch 2.13: F.interpolate(x, size, mode='bilinear', antialias=True)
it.each([
  [2, 3, [4.39286, 5.35294, 4.60714, 4.64286, 5.29412, 4.46429]],
  [
    ...[5, 4],
    [
      ...[3.14286, 5.76, 6.32, 5.85714, 3.42857, 5.48, 2.52, 4.57143, 7.90476, 4.76],
      ...[5.32, 4.85714, 2.42857, 4.48, 7.24, 4.09524, 6.90476, 3.76, 4.32, 3.85714],
    ],
  ],
  [
    ...[3, 9],
    [
      ...[2.14286, 3.66667, 4.74603, 5.65079, 7.42857, 4.31746, 3.8254, 4.90476, 6.42857],
      ...[7.55556, 4.88889, 3.95062, 4.91358, 6.55556, 5.34568, 4.1358, 4.14815, 5.55556],
      ...[6.85714, 4.19048, 3.1746, 4.07937, 5.85714, 6.4127, 4.34921, 3.33333, 4.85714],
    ],
  ],
] as [number, number, number[]][])(
  'shrinking, then growing, to %dx%d is as in PyTorch',
  (height, width, wanted) => {
    const { data, shape } = resizeBilinear(shrunk(image, height, width), height, width);
    expect(shape).toEqual([1, height, width]);
    for (const [i, value] of wanted.entries()) expect(data[i]).toBeCloseTo(value, 4);
  },
);

it('an image that grows along both axes stays as it is', () => {
  expect(shrunk(image, 9, 7)).toBe(image);
});
