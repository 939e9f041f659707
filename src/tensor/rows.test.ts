import { expect, test } from 'vitest';
import { distinctRows, stacked } from './rows.js';

test('rows are views, and the same one where they equal the row before', () => {
  const data = Float32Array.of(1, 2, 1, 2, 3, 2, 1, 2);
  const rows = distinctRows({ data, shape: [4, 2] });
  expect(rows.map((row) => [...row])).toEqual([
    [1, 2],
    [1, 2],
    [3, 2],
    [1, 2],
  ]);
  expect(rows.map((row) => rows.indexOf(row))).toEqual([0, 0, 2, 3]);
  data[0] = 5;
  expect(rows[1]![0]).toBe(5);
});

test('rows are stacked to a tensor of their own', () => {
  const row = Float32Array.of(1, 2, 3, 4);
  const { data, shape } = stacked([row, row], [2, 2]);
  expect([[...data], shape]).toEqual([
    [1, 2, 3, 4, 1, 2, 3, 4],
    [2, 2, 2],
  ]);
  expect(stacked([row.subarray(1, 2)], [1]).data).toEqual(Float32Array.of(2));
});
