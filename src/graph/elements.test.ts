import { expect, it } from 'vitest';
import { int64 } from './elements.js';

it('the end of an axis in a slice, the greatest whole number, stays the greatest', () => {
  const { data } = int64([3, -1, Number(2n ** 63n - 1n), Number(-(2n ** 63n))]);
  expect([...(data as BigInt64Array)]).toEqual([3n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]);
});
