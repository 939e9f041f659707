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

/**
 * The criterion of each player's presence (kernel: equal or not) and the value (Gaussian kernel, as wide as
 * the median distance): trace(K H L H) / (n - 1)^2. With L = G G^T and the presence x of a player that is
 * 2 |G^T H x|^2 / (n - 1)^2, because the rows of H L H sum up to 0.
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
      const row = new Float32Array(players);
      const { factor, rank } = gaussianFactor(units.map((unit) => values(unit, 0)));
      const means = new Float64Array(rank);
      for (let i = 0; i < factor.length; i++) means[i % rank]! += factor[i]! / n;
      const sums = new Float64Array(players * rank);
      for (const [at, unit] of units.entries()) {
        draw(unit, row);
        for (let i = 0; i < players; i++) {
          if (row[i] === 0) continue;
          for (let k = 0; k < rank; k++) sums[i * rank + k]! += factor[at * rank + k]! - means[k]!;
        }
      }
      return Float64Array.from({ length: players }, (_player, i) => {
        const own = sums.subarray(i * rank, (i + 1) * rank);
        return (2 * own.reduce((sum, value) => sum + value * value, 0)) / (n - 1) ** 2;
      });
    },
  };
}

/** The mean of what the factorisation leaves of the kernel's diagonal, which is 1. */
const left = 1e-13;

/**
 * A factor G `[n, rank]` of the Gaussian kernel of all pairs, G G^T, by Cholesky's decomposition with pivots:
 * a kernel of single numbers has a low rank.
 */
export function gaussianFactor(values: readonly number[]): {
  readonly factor: Float64Array;
  readonly rank: number;
} {
  const n = values.length;
  const width = medianDistance(values) || 1;
  const rest = new Float64Array(n).fill(1);
  const columns: Float64Array[] = [];
  while (columns.length < n && rest.reduce((sum, value) => sum + value, 0) > left * n) {
    const pivot = rest.reduce((best, value, i) => (value > rest[best]! ? i : best), 0);
    const scale = Math.sqrt(rest[pivot]!);
    const column = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let value = Math.exp(-((values[i]! - values[pivot]!) ** 2) / (2 * width ** 2));
      for (const known of columns) value -= known[i]! * known[pivot]!;
      column[i] = value / scale;
      rest[i] = Math.max(0, rest[i]! - column[i]! ** 2);
    }
    rest[pivot] = 0;
    columns.push(column);
  }
  const rank = columns.length;
  const factor = new Float64Array(n * rank);
  for (const [k, column] of columns.entries()) for (let i = 0; i < n; i++) factor[i * rank + k] = column[i]!;
  return { factor, rank };
}

/** The median of the distances of all pairs, by halving the interval that holds it. */
export function medianDistance(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const rank = Math.floor((n * (n - 1)) / 4);
  const within = (distance: number) => {
    let [count, from] = [0, 0];
    for (let to = 0; to < n; to++) {
      while (sorted[to]! - sorted[from]! > distance) from++;
      count += to - from;
    }
    return count;
  };
  if (within(0) > rank) return 0;
  let [low, high] = [0, sorted[n - 1]! - sorted[0]!];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return high;
    if (within(middle) > rank) high = middle;
    else low = middle;
  }
}
