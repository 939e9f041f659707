import { usageError } from '../../base/errors.js';
import { choice, either, integer, optional, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { ridgeInSlices } from '../../tensor/least-squares.js';
import { array } from '../../tensor/option.js';
import { explainGames, gameOptions, limitOptions } from '../game/explain-game.js';
import { type Sampler, sampled } from '../game/sampled.js';
import { unitsOf } from '../game/units.js';
import { method } from '../method.js';
import { constrained } from './constrained.js';
import { asGiven, givenOr } from './given-coalitions.js';
import { regression } from './regression.js';
import { shapleyDesign } from './shapley-design.js';
import { checkSolvable } from './solvable.js';
import { ofSize, sizesOf } from './subsets.js';

export const kernelShap = method({
  name: 'kernel-shap',
  family: 'surrogate',
  doc: 'The Shapley value of each segment as the coefficients of a linear model, by weighted least squares over coalitions.',
  paper: cite`Lundberg, Lee (2017). A unified approach to interpreting model predictions. arXiv:1705.07874`,
  options: {
    ...gameOptions,
    ...limitOptions,
    preset: choice(['full', 'shap', 'captum'], {
      doc: 'shap draws pairs of complements, takes the small and large coalitions in full, keeps the sum exact and gives a value to 10 segments only; full does so for all segments; captum draws each coalition by itself and fits the sum with a large weight',
      default: 'full',
    }),
    features: searched(
      optional(
        integer({
          doc: 'the most segments that get a value, chosen by least angle regression; all others get 0; all, of shap 10',
          default: 10,
          min: 1,
          max: 100_000,
        }),
      ),
      { among: [5, 10, 20] },
    ),
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
      checkSolvable(players, options.segments);
      if (players === 1)
        return { worth: Float64Array.of(game.full - game.empty), evaluations: 0, efficient: true };
      const asCaptum = options.preset === 'captum';
      if (asCaptum && options.features !== undefined)
        throw usageError("option 'features' has no effect with preset=captum");
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
        const found = await sampled(game, unconstrained(players, draw), { units, ...limit });
        return typeof samples === 'number' ? found : asGiven(found);
      }
      const design = shapleyDesign(players, unitsOf({ budget: options.budget, samples }, 1), seed);
      const features = options.features ?? (options.preset === 'shap' ? 10 : players);
      const sampler = constrained(game, design, features);
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
    solve: (moments) => ridgeInSlices(moments, 0),
  });
