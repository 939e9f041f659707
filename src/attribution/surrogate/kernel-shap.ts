import { choice, either, integer, optional } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { ridge, solvePositive } from '../../tensor/least-squares.js';
import { array } from '../../tensor/option.js';
import { explainGames, gameOptions, limitOptions } from '../game/explain-game.js';
import type { Game } from '../game/game.js';
import { type Sampler, sampled } from '../game/sampled.js';
import { unitsOf } from '../game/units.js';
import { method } from '../method.js';
import { givenOr } from './given-coalitions.js';
import { regression } from './regression.js';
import { shapleyDesign } from './shapley-design.js';
import { ofSize, sizesOf } from './subsets.js';

export const kernelShap = method({
  name: 'kernel-shap',
  family: 'surrogate',
  doc: 'The Shapley value of each segment as the coefficients of a linear model, by weighted least squares over coalitions.',
  paper: cite`Lundberg, Lee (2017). A unified approach to interpreting model predictions. arXiv:1705.07874`,
  options: {
    ...gameOptions,
    ...limitOptions,
    preset: choice(['shap', 'captum'], {
      doc: 'shap draws pairs of complements, takes the small and large coalitions in full and keeps the sum exact; captum draws each by itself and fits the sum with a large weight',
      default: 'shap',
    }),
    samples: optional(
      either(
        integer({
          doc: 'coalitions, or the coalitions themselves; 2048 and twice the segments, of captum 25',
          default: 2048,
          min: 4,
          max: 10_000_000,
        }),
        array({ doc: '', accepts: 'an array [M, segments] of 0 and 1' }),
      ),
    ),
  },
  maps: 'input',
  attribute: (request) =>
    explainGames(request, 'KernelSHAP', async (game) => {
      const { options, seed } = request;
      const { players } = game;
      if (players === 1)
        return { worth: Float64Array.of(game.full - game.empty), evaluations: 0, efficient: true };
      const asCaptum = options.preset === 'captum';
      const samples = options.samples ?? (asCaptum ? 25 : 2048 + 2 * players);
      const sizes = sizesOf(players);
      const { draw, count } = givenOr(samples, options.budget, players, (unit, presence) => {
        const random = seededRandom(`${seed}/coalition/${unit}`);
        if (unit < 2) presence.fill(1 - unit);
        else ofSize(sizes(random.uniform()), random, presence);
      });
      const limit = { error: options.error };
      if (asCaptum || typeof samples !== 'number') {
        const units = unitsOf({ budget: options.budget, samples: count }, 1);
        return sampled(game, unconstrained(players, draw), { units, ...limit });
      }
      const design = shapleyDesign(players, unitsOf({ budget: options.budget, samples }, 1), seed);
      const sampler = constrained(game, design);
      return { ...(await sampled(game, sampler, { units: design.units, ...limit })), efficient: true };
    }),
});

/** The weight of the whole and of nothing, beside 1. */
const certain = 1e6;

/** Least squares with an intercept, where the draws already follow the Shapley kernel: Captum's. */
const unconstrained = (players: number, draw: (unit: number, presence: Float32Array) => void): Sampler =>
  regression({
    players,
    draw,
    fixed: 2,
    weigh: (presence) => (presence.every((there) => there === presence[0]) ? certain : 1),
    solve: (moments) => ridge(moments, 0),
  });

/** Least squares whose coefficients sum up to the value of the whole minus that of nothing. */
function constrained({ players, full, empty }: Game, design: ReturnType<typeof shapleyDesign>): Sampler {
  return {
    unit: 2,
    fixed: design.fixed,
    draw: design.draw,
    estimate(values, units) {
      const products = new Float64Array(players * players);
      const withOutcome = new Float64Array(players);
      const x = new Float32Array(players);
      const drawn = units.filter((unit) => unit >= design.fixed).length;
      for (const unit of units) {
        const weight = unit < design.fixed ? design.weight(unit) : design.left / drawn / 2;
        for (const index of [0, 1]) {
          design.draw(unit, index, x);
          const gain = values(unit, index) - empty;
          for (let i = 0; i < players; i++) {
            if (x[i] === 0) continue;
            withOutcome[i]! += weight * gain;
            for (let j = 0; j < players; j++) products[i * players + j]! += weight * x[j]!;
          }
        }
      }
      const free = solvePositive(products, withOutcome);
      const slope = solvePositive(products, new Float64Array(players).fill(1));
      const sum = (of: Float64Array) => of.reduce((total, value) => total + value, 0);
      const excess = (sum(free) - (full - empty)) / sum(slope);
      return free.map((value, i) => value - excess * slope[i]!);
    },
  };
}
