import { expect, it } from 'vitest';
import { laplaceMagnitude } from './laplace.js';

it('is the distance of a pixel from its neighbours, and 0 of a plane without edges', () => {
  const plane = { data: Float32Array.of(0, 0, 0, 0, 2, 0, 0, 0, 0), shape: [1, 1, 3, 3] };
  expect([...laplaceMagnitude(plane).data]).toEqual([0, 2, 0, 2, 8, 2, 0, 2, 0]);
  expect([...laplaceMagnitude({ data: new Float32Array(6).fill(3), shape: [1, 1, 2, 3] }).data]).toEqual(
    Array(6).fill(0),
  );
});
