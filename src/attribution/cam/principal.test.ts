import { describe, expect, it } from 'vitest';
import { firstComponent } from './principal.js';

describe('the first principal component', () => {
  /** 3 x `positions` values whose components are cosines of sizes `first` > `second` > 0. */
  const waves = (positions: number, first: number, second: number) => {
    const wave = (p: number, k: number) => Math.cos((Math.PI * k * (p + 0.5)) / positions);
    const directions = [
      [2 / 3, 2 / 3, 1 / 3],
      [-2 / 3, 1 / 3, 2 / 3],
    ];
    const at = (p: number, c: number) =>
      5 + first * wave(p, 1) * directions[0]![c]! + second * wave(p, 2) * directions[1]![c]!;
    const values = Float64Array.from({ length: 3 * positions }, (_, i) =>
      at(i % positions, Math.floor(i / positions)),
    );
    return { values, expected: Array.from({ length: positions }, (_, p) => first * wave(p, 1)) };
  };

  it.each([
    [6, 2, 1],
    [100, 2, 1],
    [100, 1, 0.999],
  ])('of %i positions, sizes %f and %f, is the larger wave', (positions, first, second) => {
    const { values, expected } = waves(positions, first, second);
    const found = firstComponent(values, 3, positions);
    const worst = Math.max(...expected.map((v, p) => Math.abs(v - found[p]!)));
    expect(worst).toBeLessThan(1e-10);
  });

  it('is zero for equal values', () => {
    expect([...firstComponent(new Float32Array(200).fill(3), 5, 40)].map(Math.abs)).toEqual(
      Array(40).fill(0),
    );
  });
});
