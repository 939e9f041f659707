import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { dependence } from '../perturbation/hsic.js';
import { owenValues, type Tree } from '../perturbation/owen.js';
import { shapleyValues } from '../perturbation/shapley-exact.js';
import { permutations } from '../perturbation/shapley-sampling.js';
import { sobolIndices } from '../perturbation/sobol.js';
import { constrained } from '../surrogate/constrained.js';
import { shapleyDesign } from '../surrogate/shapley-design.js';
import type { Game } from './game.js';
import { sampled } from './sampled.js';

/** The game of a function of the players' presence. */
function gameOf(players: number, value: (presence: ArrayLike<number>) => number): Game {
  return {
    players,
    full: value(new Float32Array(players).fill(1)),
    empty: value(new Float32Array(players)),
    async play(count, write) {
      const presence = new Float32Array(players);
      return Float64Array.from({ length: count }, (_, i) => {
        write(i, presence);
        return value(presence);
      });
    },
  };
}
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

describe('Sobol indices', () => {
  const indices = async (value: Parameters<typeof gameOf>[1], order: 'total' | 'first', players: number) =>
    sampled(gameOf(players, value), sobolIndices(players, order, 1), { units: 4096 });

  it.each(['total', 'first'] as const)('of a sum are shares of its variance: %s', async (order) => {
    const { worth } = await indices((z) => z[0]! + 2 * z[1]! + 0 * z[2]!, order, 3);
    for (const [i, want] of [0.2, 0.8, 0].entries()) expect(Math.abs(worth[i]! - want)).toBeLessThan(0.03);
  });

  it('of a product are 4/7 with the other player and 3/7 without', async () => {
    for (const [order, want] of [
      ['total', 4 / 7],
      ['first', 3 / 7],
    ] as const) {
      const { worth, convergence } = await indices((z) => z[0]! * z[1]!, order, 2);
      for (const [i, value] of worth.entries())
        expect(Math.abs(value - want)).toBeLessThan(4 * convergence!.errors![i]! + 0.005);
    }
  });

  it('of a constant are 0', async () => {
    expect([...(await indices(() => 3, 'total', 2)).worth]).toEqual([0, 0]);
  });
});

describe('the independence criterion', () => {
  it('equals the trace of the centred kernels', async () => {
    const players = 6;
    const units = 40;
    const sampler = dependence(players, 5);
    const value = (z: ArrayLike<number>) => z[0]! + 0.3 * z[1]! + z[2]! * z[3]! - 0.07 * z[4]!;
    const { worth } = await sampled(gameOf(players, value), sampler, { units });
    const rows = Array.from({ length: units }, (_, unit) => {
      const row = new Float32Array(players);
      sampler.draw(unit, 0, row);
      return row;
    });
    const y = rows.map(value);
    const distances = y.flatMap((a, i) => y.slice(0, i).map((b) => Math.abs(a - b))).sort((a, b) => a - b);
    const width = distances[Math.floor(distances.length / 2)]!;
    const centre = (kernel: number[][]) => {
      const means = kernel.map((row) => sum(row) / units);
      const mean = sum(means) / units;
      return kernel.map((row, a) => row.map((one, b) => one - means[a]! - means[b]! + mean));
    };
    const output = centre(y.map((a) => y.map((b) => Math.exp(-((a - b) ** 2) / (2 * width ** 2)))));
    for (let player = 0; player < players; player++) {
      const own = centre(rows.map((a) => rows.map((b) => (a[player] === b[player] ? 1 : 0))));
      const trace = sum(own.flatMap((row, a) => row.map((one, b) => one * output[b]![a]!)));
      expect(worth[player]).toBeCloseTo(trace / (units - 1) ** 2, 10);
    }
    expect(worth[0]).toBeGreaterThan(worth[5]!);
  });
});

describe('Owen values', () => {
  const random = seededRandom('owen');
  const values = Array.from({ length: 16 }, () => random.normal());
  const value = (z: ArrayLike<number>) => values[z[0]! + 2 * z[1]! + 4 * z[2]! + 8 * z[3]!]!;
  const leaf = (player: number): Tree => ({ players: [player] });
  const pair = (a: number, b: number): Tree => ({ players: [a, b], halves: [leaf(a), leaf(b)] });
  const tree: Tree = { players: [0, 1, 2, 3], halves: [pair(0, 1), pair(2, 3)] };

  it('are the mean over the orders that keep groups together', async () => {
    const { worth } = await owenValues(gameOf(4, value), tree, 100);
    const inPairs = [
      [0, 1],
      [1, 0],
    ].flatMap(([a, b]) => [
      [a!, b!, 2, 3],
      [a!, b!, 3, 2],
      [2, 3, a!, b!],
      [3, 2, a!, b!],
    ]);
    const game = gameOf(4, value);
    const sampler = permutations(game, (unit) => inPairs[unit]!, 1);
    const literal = await sampled(game, sampler, { units: inPairs.length });
    for (let i = 0; i < 4; i++) expect(worth[i]).toBeCloseTo(literal.worth[i]!, 10);
  });

  it('stay efficient when the budget leaves groups undivided', async () => {
    const { worth, notes, evaluations } = await owenValues(gameOf(4, value), tree, 2);
    expect(sum(worth)).toBeCloseTo(values[15]! - values[0]!, 10);
    expect(evaluations).toBe(2);
    expect(notes?.[0]).toContain('groups of segments were left undivided');
  });
});

describe('the standard error', () => {
  it('is about the spread of the estimates over seeds', async () => {
    const random = seededRandom('errors');
    const values = Array.from({ length: 32 }, () => random.normal());
    const value = (z: ArrayLike<number>) =>
      values[Array.from(z).reduce((at, there, i) => at + there * 2 ** i, 0)]!;
    const game = gameOf(5, value);
    const exact = shapleyValues(values, 5);
    const ratios: number[] = [];
    for (let seed = 0; seed < 60; seed++) {
      const own = seededRandom(seed);
      const orders = Array.from({ length: 40 }, (_, unit) => {
        const stream = own.fork(unit);
        return [0, 1, 2, 3, 4].map((i) => ({ i, at: stream.uniform() })).sort((a, b) => a.at - b.at);
      });
      const sampler = permutations(game, (unit) => orders[unit]!.map(({ i }) => i), 1);
      const { worth, convergence } = await sampled(game, sampler, { units: 40 });
      for (let i = 0; i < 5; i++) ratios.push(((worth[i]! - exact[i]!) / convergence!.errors![i]!) ** 2);
    }
    const ratio = Math.sqrt(sum(ratios) / ratios.length);
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.3);
  });
});

it('stops between two estimates when asked to', async () => {
  const controller = new AbortController();
  const run = { ...quietly, signal: controller.signal };
  let estimates = 0;
  const estimate = () => {
    controller.abort();
    return Float64Array.of(++estimates);
  };
  const sampler = { unit: 1, draw: () => {}, estimate };
  const stopping = sampled({ ...gameOf(1, () => 1), run }, sampler, { units: 40 });
  await expect(stopping).rejects.toThrow('stopped');
  expect(estimates).toBe(1);
});

it.each([1500, 700])('stops within an estimate of 1500 players, %i of which count', async (features) => {
  const players = 1500;
  const controller = new AbortController();
  const told: string[] = [];
  const start = () => ({
    advance(_units?: number, note = '') {
      told.push(note);
      if (told.length === 2) controller.abort();
    },
    done() {},
  });
  const run = { progress: { start }, signal: controller.signal };
  const game = gameOf(players, (z) => z[0]!);
  const sampler = constrained(game, shapleyDesign(players, 2048, 0), features);
  await expect(sampled({ ...game, run }, sampler, { units: 64 })).rejects.toThrow('stopped');
  expect(told).toHaveLength(2);
  for (const note of told) expect(note).toMatch(/^estimate 1 of 13, \d+ %$/);
});
