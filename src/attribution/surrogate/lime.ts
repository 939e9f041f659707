import {
  choice,
  either,
  integer,
  number,
  type OptionValues,
  optional,
  searched,
} from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { lassoInSlices, type Moments, ridgeInSlices } from '../../tensor/least-squares.js';
import { array } from '../../tensor/option.js';
import type { Tensor } from '../../tensor/tensor.js';
import { explainGames, gameOptions, limitOptions } from '../game/explain-game.js';
import type { GameRules } from '../game/rules.js';
import { sampled } from '../game/sampled.js';
import type { Segmentation } from '../game/segments.js';
import { unitsOf } from '../game/units.js';
import { method } from '../method.js';
import { asGiven, givenOr } from './given-coalitions.js';
import { regression } from './regression.js';
import { checkSolvable } from './solvable.js';

interface Settings {
  readonly samples: number | Tensor;
  readonly width: number;
  readonly distance: 'cosine' | 'euclidean';
  readonly space: 'segments' | 'pixels';
  readonly regression: 'ridge' | 'lasso' | 'ols';
  readonly alpha: number;
}

/** The defaults of the authors' package and of Captum. */
const presets: Readonly<Record<'lime' | 'captum', Settings>> = {
  lime: { samples: 1000, width: 0.25, distance: 'cosine', space: 'segments', regression: 'ridge', alpha: 1 },
  captum: { samples: 50, width: 1, distance: 'cosine', space: 'pixels', regression: 'lasso', alpha: 0.01 },
};

const own = {
  preset: choice(['lime', 'captum'], { doc: 'whose defaults the other options take', default: 'lime' }),
  samples: optional(
    either(
      integer({
        doc: 'random coalitions, or the coalitions themselves; 1000, of captum 50',
        default: 1000,
        min: 2,
        max: 10_000_000,
      }),
      array({ doc: '', accepts: 'an array [M, segments] of 0 and 1' }),
    ),
  ),
  width: searched(
    optional(
      number({
        doc: 'width of the kernel exp(-distance² / (2 width²)); 0.25, of captum 1',
        default: 0.25,
        min: 1e-6,
      }),
    ),
    { from: 0.05, to: 2, draws: 'log' },
  ),
  distance: optional(
    choice(['cosine', 'euclidean'], {
      doc: 'from the whole sample to a coalition; cosine',
      default: 'cosine',
    }),
  ),
  space: optional(
    choice(['segments', 'pixels'], {
      doc: 'what the distance compares: which segments are there, or the images; segments, of captum pixels',
      default: 'segments',
    }),
  ),
  regression: searched(
    optional(
      choice(['ridge', 'lasso', 'ols'], { doc: 'the surrogate; ridge, of captum lasso', default: 'ridge' }),
    ),
    { among: ['ridge', 'lasso', 'ols'] },
  ),
  alpha: searched(
    optional(
      number({ doc: "the weight of the regression's penalty; 1, of captum 0.01", default: 1, min: 0 }),
    ),
    { from: 1e-3, to: 10, draws: 'log' },
  ),
};

export const lime = method({
  name: 'lime',
  family: 'surrogate',
  doc: 'The coefficients of a linear model of the target output over which segments are there, fitted near the sample.',
  paper: cite`Ribeiro, Singh, Guestrin (2016). "Why should I trust you?": explaining the predictions of any classifier. doi:10.1145/2939672.2939778`,
  options: { ...gameOptions, ...limitOptions, ...own },
  maps: 'input',
  attribute: (request) =>
    explainGames(request, 'LIME', async (game, rules) => {
      const { options, seed } = request;
      const settings = settingsOf(options);
      const { players } = game;
      checkSolvable(players, options.segments);
      const { draw, count } = givenOr(settings.samples, options.budget, players, (unit, presence) => {
        // As in LIME, the first is the whole sample.
        const random = seededRandom(`${seed}/lime/${unit}`);
        for (let i = 0; i < players; i++) presence[i] = unit === 0 || random.uniform() < 0.5 ? 1 : 0;
      });
      const units = unitsOf({ budget: options.budget, samples: count }, 1);
      const sampler = regression({
        ...{ players, draw, fixed: 1 },
        ...{ weigh: kernelOf(settings, rules), solve: solverOf(settings) },
      });
      const found = await sampled(game, sampler, { units, error: options.error });
      return typeof settings.samples === 'number' ? found : asGiven(found);
    }),
});

/** The options that are given, and those of the preset for the others. */
function settingsOf({ preset, ...given }: OptionValues<typeof own>): Settings {
  const usual = presets[preset];
  return {
    samples: given.samples ?? usual.samples,
    width: given.width ?? usual.width,
    distance: given.distance ?? usual.distance,
    space: given.space ?? usual.space,
    regression: given.regression ?? usual.regression,
    alpha: given.alpha ?? usual.alpha,
  };
}

/** The regression of a choice; `alpha` is that of the ridge and the lasso. */
const solverOf =
  ({ regression: kind, alpha }: Pick<Settings, 'regression' | 'alpha'>) =>
  (moments: Moments) =>
    kind === 'lasso' ? lassoInSlices(moments, alpha) : ridgeInSlices(moments, kind === 'ridge' ? alpha : 0);

/**
 * What a part of the sample brings to inner products: of the sample and the baseline with themselves and each
 * other.
 */
interface Products {
  readonly players: readonly number[];
  readonly sample: number;
  readonly baseline: number;
  readonly mixed: number;
}

/** The weight of a coalition by its distance from the whole sample. */
function kernelOf({ width, distance, space }: Settings, { segmentation, image, baseline }: GameRules) {
  const terms =
    space === 'segments'
      ? Array.from({ length: segmentation.players }, (_, i) => ({
          players: [i],
          sample: 1,
          baseline: 0,
          mixed: 0,
        }))
      : pixelProducts(segmentation, image.data, baseline.data);
  const whole = terms.reduce((sum, term) => sum + term.sample, 0);
  return (presence: Float32Array): number => {
    let [square, product, apart] = [0, 0, 0];
    for (const { players, sample, baseline: absent, mixed } of terms) {
      const there = players.every((player) => presence[player] === 1);
      square += there ? sample : absent;
      product += there ? sample : mixed;
      apart += there ? 0 : sample + absent - 2 * mixed;
    }
    const cosine = square * whole === 0 ? 0 : product / Math.sqrt(square * whole);
    const far = distance === 'euclidean' ? Math.sqrt(Math.max(0, apart)) : 1 - cosine;
    return Math.exp(-(far ** 2) / (2 * width ** 2));
  };
}

function pixelProducts(
  { members, parts }: Segmentation,
  image: Float32Array,
  baseline: Float32Array,
): Products[] {
  const terms = members.map((players) => ({ players, sample: 0, baseline: 0, mixed: 0 }));
  for (let i = 0; i < image.length; i++) {
    const term = terms[parts.data[i % parts.data.length]!]!;
    term.sample += image[i]! ** 2;
    term.baseline += baseline[i]! ** 2;
    term.mixed += image[i]! * baseline[i]!;
  }
  return terms;
}
