import { expect, it } from 'vitest';
import { outerAir } from './outer-air.js';

it('is below the value of air and connected with the edge', () => {
  const rows = ['11111', '12221', '12121', '12221', '11113'];
  const values = rows.flatMap((row) => [...row].map(Number));
  const found = outerAir(values, 5, 5, 2);
  expect(rows.map((_, y) => [...found.slice(5 * y, 5 * y + 5)].join(''))).toEqual([
    ...['11111', '10001', '10001', '10001', '11110'],
  ]);
  expect(outerAir(values, 5, 5, 1).every((one) => one === 0)).toBe(true);
});
