import { expect, it } from 'vitest';
import { ranked } from './xrai.js';

it('adds the segment of the greatest mean over what is not yet taken', () => {
  const gains = Float32Array.of(4, 2, 0, 0, -1, 3);
  const segments = [Int32Array.of(0, 1, 2), Int32Array.of(0, 1), Int32Array.of(2, 3)];
  // Pixels 0 and 1 with mean 3; then pixel 2 is all that the first segment has left.
  expect([...ranked(gains, segments)]).toEqual([3, 3, 0, 0, 1, 1]);
});
