import { expect, it } from 'vitest';
import { sampled } from '../game/sampled.js';
import { constrained } from './constrained.js';
import { shapleyDesign } from './shapley-design.js';

const players = 12;
const slopes = [3, -2, 1.5, 1, -0.8, 0.6, 0.5, -0.4, 0.3, 0.2, -0.1, 0.05];

function value(z: ArrayLike<number>): number {
  const sum = slopes.reduce((total, slope, i) => total + slope * z[i]!, 0);
  return sum + 2 * z[0]! * z[1]! - 1.5 * z[2]! * z[10]! * z[11]! + 0.7 * z[7]! * z[9]!;
}

const game = {
  players,
  full: value(new Float32Array(players).fill(1)),
  empty: 0,
  async play(count: number, write: (index: number, presence: Float32Array) => void) {
    const presence = new Float32Array(players);
    return Float64Array.from({ length: count }, (_, i) => {
      write(i, presence);
      return value(presence);
    });
  },
};

// From KernelExplainer of shap 0.51.0 over all coalitions: shap_values(ones, nsamples=4094, l1_reg=...).
it.each([
  [12, [4, -1, 1, 1, -0.8, 0.6, 0.5, -0.05, 0.3, 0.55, -0.6, -0.45]],
  [10, [3.95, -1.05, 0.95, 0.95, -0.85, 0.55, 0.45, 0, 0.25, 0.5, -0.65, 0]],
  [4, [3.6125, 0, 0.6125, 0.6125, 0, 0.2125, 0, 0, 0, 0, 0, 0]],
])('gives a value to the %i segments that SHAP chooses', async (features, want) => {
  const design = shapleyDesign(players, 4094, 0);
  const { worth } = await sampled(game, constrained(game, design, features), { units: design.units });
  for (const [i, expected] of want.entries()) expect(worth[i]).toBeCloseTo(expected, 5);
});
