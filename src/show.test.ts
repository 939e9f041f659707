import { expect, test } from 'vitest';
import { boxesOnInput } from './data/geometry/shown.js';

test('boxes follow the image into the input, and are cut at its edges', () => {
  const sample = {
    image: { data: new Float32Array(100), shape: [1, 10, 10] },
    boxes: [
      { label: 'inside', x: 20, y: 40, width: 20, height: 20 },
      { label: 'half', x: 90, y: 0, width: 40, height: 20 },
      { label: 'outside', x: 300, y: 0, width: 10, height: 10 },
    ],
    transform: {
      scaleX: 0.1,
      scaleY: 0.1,
      offsetX: 0,
      offsetY: 1,
      flipped: false,
      originalWidth: 100,
      originalHeight: 100,
    },
  };
  expect(boxesOnInput(sample)).toEqual([
    { label: 'inside', x: 2, y: 5, width: 2, height: 2 },
    { label: 'half', x: 9, y: 1, width: 1, height: 2 },
  ]);
});
