import { expect, it } from 'vitest';
import { checkSolvable } from './solvable.js';

it('thousands of parts are refused where nobody asked for them', () => {
  const auto = { word: 'auto' } as const;
  expect(() => checkSolvable(2880, auto)).toThrow(
    /^each of the 2880 values or positions .* would be a part.* option segments .*segments=each$/,
  );
  for (const [players, segments] of [
    [2000, auto],
    [2880, { word: 'each' }],
    [2880, { grid: [48, 60] }],
    [2880, { data: new Float32Array(2880), shape: [2880] }],
  ] as const)
    expect(() => checkSolvable(players, segments)).not.toThrow();
});
