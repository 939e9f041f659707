import { usageError } from '../../base/errors.js';
import { integer, optional } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { permutation, seededRandom } from '../../base/random.js';
import { type Classifier, ownShape, placesOf } from '../../model/classifier.js';
import { array } from '../../tensor/option.js';
import { rows, sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { explainGames, gameOptions, limitOptions } from '../game/explain-game.js';
import { playing } from '../game/game.js';
import { type Sampler, sampled } from '../game/sampled.js';
import { unitsOf } from '../game/units.js';
import { method } from '../method.js';

const { baseline: _, ...playersAndValue } = gameOptions;

export const featurePermutation = method({
  name: 'feature-permutation',
  family: 'perturbation',
  doc: 'What the target output loses on average when a segment shows what other images, or other places, show there.',
  paper: cite`Fisher, Rudin, Dominici (2019). All models are wrong, but many are useful: learning a variable's importance by studying an entire class of prediction models simultaneously. arXiv:1801.01489`,
  options: {
    ...playersAndValue,
    ...limitOptions,
    samples: integer({ doc: 'random replacements of each segment', default: 10, min: 1, max: 100_000 }),
    baselines: optional(
      array({
        doc: "images [M, ...] whose values a segment takes; by default the image's own pixels in a random order",
      }),
    ),
  },
  maps: 'input',
  attribute(request) {
    const { model, input, options, seed } = request;
    const others = checked(options.baselines, model);
    const replaced = (image: Tensor, draw: number) =>
      replacement(image, others, model, seededRandom(`${seed}/replacement/${draw}`));
    const shown = zeros(input.shape);
    const size = sizeOf(model.input.shape);
    for (let row = 0; row < input.shape[0]!; row++)
      shown.data.set(replaced(rows(input, row, row + 1), 0).data, row * size);
    const asGame = { ...request, options: { ...options, baseline: shown } };
    return explainGames(asGame, 'permutations', (game, rules) => {
      const { players, full } = game;
      let unit = 0;
      const play = async (count: number, write: (index: number, presence: Float32Array) => void) => {
        const all = new Float64Array(count);
        for (let from = 0; from < count; from += players, unit++) {
          const own = playing({ ...rules, baseline: replaced(rules.image, unit) });
          all.set(await own(players, (i, presence) => write(from + i, presence)), from);
        }
        return all;
      };
      const sampler = withoutEach(players, full);
      return sampled({ ...game, play }, sampler, { units: unitsOf(options, players), error: options.error });
    });
  },
});

/** A unit leaves out each player once; its worth is the mean loss. */
const withoutEach = (players: number, full: number): Sampler => ({
  unit: players,
  draw(_unit, index, presence) {
    presence.fill(1);
    presence[index] = 0;
  },
  estimate: (values, units) =>
    Float64Array.from(
      { length: players },
      (_player, i) => units.reduce((sum, unit) => sum + full - values(unit, i), 0) / units.length,
    ),
});

/** One of the other images, or the image with its pixels in a random order. */
function replacement(
  image: Tensor,
  others: Tensor | undefined,
  model: Classifier,
  random: ReturnType<typeof seededRandom>,
): Tensor {
  if (others) {
    const at = random.below(others.shape[0]!);
    return rows(others, at, at + 1);
  }
  const area = sizeOf(placesOf(model));
  const order = permutation(random, area);
  const data = image.data.map((_value, i) => image.data[i - (i % area) + order[i % area]!]!);
  return { data, shape: image.shape };
}

function checked(others: Tensor | undefined, { input }: Classifier): Tensor | undefined {
  if (others && others.shape.slice(1).join() !== input.shape.join())
    throw usageError(
      `option 'baselines' has shape [${others.shape}]; it takes images [M,${ownShape(input)}]`,
    );
  return others;
}
