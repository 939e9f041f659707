import { integer } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { explainGames, gameOptions, limitOptions } from '../game/explain-game.js';
import { type Sampler, sampled } from '../game/sampled.js';
import { unitsOf } from '../game/units.js';
import { method } from '../method.js';

export const hsic = method({
  name: 'hsic',
  family: 'perturbation',
  doc: 'How much the target output depends on whether each segment is there, by the Hilbert-Schmidt independence criterion.',
  paper: cite`Novello, Fel, Vigouroux (2022). Making sense of dependence: efficient black-box explanations using dependence measure. arXiv:2206.06219`,
  options: {
    ...gameOptions,
    ...limitOptions,
    samples: integer({ doc: 'random coalitions', default: 1000, min: 4, max: 20_000 }),
  },
  maps: 'input',
  attribute: (request) =>
    explainGames(request, 'HSIC', (game) => {
      const { options, seed } = request;
      const units = unitsOf(options, 1);
      return sampled(game, dependence(game.players, seed), { units, error: options.error });
    }),
});

/** The values whose pairs tell the width of the kernel of the output. */
const enough = 500;

/**
 * The criterion of each player's presence (kernel: equal or not) and the value (Gaussian kernel, as wide as
 * the median distance): trace(K H L H) / (n - 1)^2.
 */
export function dependence(players: number, seed: number): Sampler {
  const draw = (unit: number, presence: Float32Array) => {
    const random = seededRandom(`${seed}/hsic/${unit}`);
    for (let i = 0; i < players; i++) presence[i] = random.uniform() < 0.5 ? 1 : 0;
  };
  return {
    unit: 1,
    draw: (unit, _, presence) => draw(unit, presence),
    estimate(values, units) {
      const n = units.length;
      const centred = centredKernel(units.map((unit) => values(unit, 0)));
      const present = Array.from({ length: players }, (): number[] => []);
      const row = new Float32Array(players);
      for (const [at, unit] of units.entries()) {
        draw(unit, row);
        for (let i = 0; i < players; i++) if (row[i] === 1) present[i]!.push(at);
      }
      // Rows of the centred kernel sum up to 0, so that pairs of absences bring what pairs of presences do.
      return Float64Array.from(present, (there) => {
        let sum = 0;
        for (const a of there) for (const b of there) sum += centred[a * n + b]!;
        return (2 * sum) / (n - 1) ** 2;
      });
    },
  };
}

/** The Gaussian kernel of all pairs, centred in rows and columns. */
function centredKernel(values: readonly number[]): Float64Array {
  const n = values.length;
  const some = values.slice(0, enough);
  const distances = some
    .flatMap((a, i) => some.slice(0, i).map((b) => Math.abs(a - b)))
    .sort((a, b) => a - b);
  const width = distances[Math.floor(distances.length / 2)] || 1;
  const kernel = new Float64Array(n * n);
  const means = new Float64Array(n);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < n; b++) {
      const value = Math.exp(-((values[a]! - values[b]!) ** 2) / (2 * width ** 2));
      kernel[a * n + b] = value;
      means[a]! += value / n;
    }
  }
  const mean = means.reduce((sum, value) => sum + value, 0) / n;
  for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) kernel[a * n + b]! += mean - means[a]! - means[b]!;
  return kernel;
}
