import { expect, it } from 'vitest';
import { ranked } from './xrai.js';

it('adds the segment of the greatest mean over what is not yet taken', () => {
  const gains = Float32Array.of(4, 2, 0, 0, -1, 3);
  const segments = [Int32Array.of(0, 1, 2), Int32Array.of(0, 1), Int32Array.of(2, 3)];
  // 0 and 1 with mean 3; then of the first segment only pixel 2 is left, with the same mean as pixels 2 and 3.
  expect([...ranked(gains, segments)]).toEqual([3, 3, 0, 0, 1, 1]);
});
