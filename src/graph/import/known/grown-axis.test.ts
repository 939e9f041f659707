import { expect, it } from 'vitest';
import { grownAxis } from './grown-axis.js';

it.each<[string, number[], number[], number | undefined]>([
  ['first', [1, 3], [2, 3], 0],
  ['first, where others grow with it', [1, 5, 5], [2, 10, 10], 0],
  ['another', [1, 1, 3], [1, 2, 3], 1],
  ['another behind two views', [2, 1, 3], [2, 2, 3], 1],
  ['last', [3, 1], [3, 2], 1],
  ['none of equal ones', [1, 3], [1, 3], undefined],
  ['none of two that grow', [3, 1], [6, 2], undefined],
  ['none where samples are folded with parts', [4, 3], [8, 3], undefined],
])('the axis of samples: %s', (_, one, two, axis) => {
  expect(grownAxis(one, two)).toBe(axis);
});
