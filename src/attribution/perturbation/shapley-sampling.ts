import { usageError } from '../../base/errors.js';
import { either, flag, integer, type OptionValues } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { permutation, seededRandom } from '../../base/random.js';
import { array } from '../../tensor/option.js';
import type { Tensor } from '../../tensor/tensor.js';
import { explainGames, gameOptions, limitOptions } from '../game/explain-game.js';
import type { Game } from '../game/game.js';
import { type Sampler, sampled } from '../game/sampled.js';
import { unitsOf } from '../game/units.js';
import { method } from '../method.js';

const own = {
  samples: either(
    integer({
      doc: 'random permutations, or the permutations themselves',
      default: 25,
      min: 1,
      max: 1_000_000,
    }),
    array({ doc: '', accepts: 'an array [M, segments]' }),
  ),
  antithetic: flag({ doc: 'whether each random permutation is followed by its reverse', default: true }),
};

export const shapleySampling = method({
  name: 'shapley-sampling',
  family: 'perturbation',
  doc: 'The Shapley value of each segment, from what it adds to those before it in random permutations.',
  paper: cite`Castro, Gómez, Tejada (2009). Polynomial calculation of the Shapley value based on sampling. doi:10.1016/j.cor.2008.04.004`,
  options: { ...gameOptions, ...limitOptions, ...own },
  maps: 'input',
  attribute: (request) =>
    explainGames(request, 'permutations', async (game) => {
      const { options, seed } = request;
      const { orders, perUnit } = ordersOf(options, game.players, seed);
      const sampler = permutations(game, orders, perUnit);
      const count = typeof options.samples === 'number' ? options.samples : options.samples.shape[0]!;
      const samples = Math.ceil(count / perUnit);
      const units = unitsOf({ ...options, samples }, sampler.unit);
      return { ...(await sampled(game, sampler, { units, error: options.error })), efficient: true };
    }),
});

type Orders = (unit: number, index: number) => ArrayLike<number>;

function ordersOf(
  { samples, antithetic, budget }: OptionValues<typeof own> & { readonly budget?: number | undefined },
  players: number,
  seed: number,
): { readonly orders: Orders; readonly perUnit: number } {
  if (typeof samples !== 'number') {
    if (budget !== undefined)
      throw usageError("option 'budget' has no effect on given permutations ('samples')");
    const given = checked(samples, players);
    return { orders: (unit) => given.subarray(unit * players, (unit + 1) * players), perUnit: 1 };
  }
  const drawn = (unit: number) => permutation(seededRandom(`${seed}/permutation/${unit}`), players);
  return {
    orders: (unit, index) => (index === 0 ? drawn(unit) : drawn(unit).reverse()),
    perUnit: antithetic ? 2 : 1,
  };
}

/** Each unit is one permutation or several; its coalitions are the beginnings of each, from one player on. */
export function permutations({ players, full, empty }: Game, orders: Orders, perUnit: number): Sampler {
  const inner = players - 1;
  return {
    unit: perUnit * inner,
    draw(unit, index, presence) {
      const order = orders(unit, Math.floor(index / inner));
      presence.fill(0);
      for (let i = 0; i <= index % inner; i++) presence[order[i]!] = 1;
    },
    estimate(values, units) {
      const worth = new Float64Array(players);
      for (const unit of units) {
        for (let k = 0; k < perUnit; k++) {
          const order = orders(unit, k);
          let before = empty;
          for (let i = 0; i < players; i++) {
            const after = i === inner ? full : values(unit, k * inner + i);
            worth[order[i]!]! += (after - before) / units.length / perUnit;
            before = after;
          }
        }
      }
      return worth;
    },
  };
}

function checked({ data, shape }: Tensor, players: number): Float32Array {
  const all = Array.from(
    { length: shape[0]! },
    (_, row) => new Set(data.subarray(row * players, (row + 1) * players)),
  );
  const complete = all.every(
    (set) => set.size === players && [...set].every((i) => Number.isInteger(i) && i >= 0 && i < players),
  );
  if (shape.length === 2 && shape[1] === players && complete) return data;
  throw usageError(
    `option 'samples' has shape [${shape}]; it takes a number, or permutations of 0 to ${players - 1} in the rows of an array [M,${players}]`,
  );
}
