import { choice, integer, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { permutation, seededRandom } from '../../base/random.js';
import { explainGames, gameOptions, limitOptions } from '../game/explain-game.js';
import { type Sampler, sampled } from '../game/sampled.js';
import { unitsOf } from '../game/units.js';
import { method } from '../method.js';

export const sobol = method({
  name: 'sobol',
  family: 'perturbation',
  doc: "The share of the target output's variance that each segment has a part in, when all fade at random.",
  paper: cite`Fel, Cadène, Chalvidal, Cord, Vigouroux, Serre (2021). Look at the variance! Efficient black-box explanations with Sobol-based sensitivity analysis. arXiv:2111.04138`,
  options: {
    ...gameOptions,
    ...limitOptions,
    samples: integer({
      doc: 'designs; each takes two evaluations, and one for each segment',
      default: 32,
      min: 2,
      max: 1_000_000,
    }),
    order: searched(
      choice(['total', 'first'], {
        doc: 'total counts what a segment does together with others, first only what it does alone',
        default: 'total',
      }),
      { among: ['total', 'first'] },
    ),
  },
  maps: 'input',
  attribute: (request) =>
    explainGames(request, 'Sobol indices', (game) => {
      const { options, seed } = request;
      const sampler = sobolIndices(game.players, options.order, seed);
      return sampled(game, sampler, { units: unitsOf(options, sampler.unit), error: options.error });
    }),
});

/** The designs of one block: together they are spread evenly along each axis (a Latin hypercube). */
const block = 16;

/**
 * Estimates Sobol indices by Jansen's formulas. A unit is a point A, a point B, and for each player the point
 * A with that player's presence of B.
 */
export function sobolIndices(players: number, order: 'total' | 'first', seed: number): Sampler {
  const points = latinHypercubes(2 * players, seed);
  return {
    unit: players + 2,
    draw(unit, index, presence) {
      const point = points(unit);
      for (let i = 0; i < players; i++)
        presence[i] = point[index === 1 || index === i + 2 ? players + i : i]!;
    },
    estimate(values, units) {
      const worth = new Float64Array(players);
      let [sum, squares] = [0, 0];
      for (const unit of units) {
        const [a, b] = [values(unit, 0), values(unit, 1)];
        sum += a + b;
        squares += a * a + b * b;
        for (let i = 0; i < players; i++)
          worth[i]! += ((order === 'total' ? a : b) - values(unit, i + 2)) ** 2 / (2 * units.length);
      }
      const mean = sum / (2 * units.length);
      const variance = squares / (2 * units.length) - mean ** 2;
      if (variance <= 1e-12 * mean ** 2) return worth.fill(0);
      return worth.map((part) => (order === 'total' ? part / variance : 1 - part / variance));
    },
  };
}

/** Points in the unit cube of `axes` dimensions, by their number; the last block is kept. */
function latinHypercubes(axes: number, seed: number): (unit: number) => Float32Array {
  let known = -1;
  const points = Array.from({ length: block }, () => new Float32Array(axes));
  return (unit) => {
    const own = Math.floor(unit / block);
    if (own !== known) {
      const random = seededRandom(`${seed}/hypercube/${own}`);
      for (let axis = 0; axis < axes; axis++) {
        const places = permutation(random, block);
        for (const [i, point] of points.entries()) point[axis] = (places[i]! + random.uniform()) / block;
      }
      known = own;
    }
    return points[unit % block]!;
  };
}
