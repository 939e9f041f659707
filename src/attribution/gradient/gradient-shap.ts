import { usageError } from '../../base/errors.js';
import { integer, number, optional, type Undefaulted } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { array } from '../../tensor/option.js';
import { distinctRows } from '../../tensor/rows.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import { completeness } from '../input/targets.js';
import { method } from '../method.js';
import { pathGradients } from '../program/path-gradients.js';

/** For each sample and draw, the position on the path and the index of the baseline. */
type GivenDraws = readonly { readonly alpha: readonly number[]; readonly baseline: readonly number[] }[];

const drawsOption: Undefaulted<GivenDraws> = {
  doc: 'fixed draws instead of random ones',
  accepts:
    'a list (.json) of { alpha: [..], baseline: [..] }, one for each sample, or one { alpha: [[..], ..], baseline: [[..], ..] } of all',
  read(given) {
    const bySample: unknown = Array.isArray(given) ? given : unzipped(given);
    if (!Array.isArray(bySample)) return undefined;
    const draws = bySample.map((d) => ({ alpha: d?.alpha, baseline: d?.baseline ?? d?.baseline_index }));
    const fits = draws.every(
      ({ alpha, baseline }) => numbers(alpha) && numbers(baseline) && baseline.every(Number.isInteger),
    );
    return fits ? draws : undefined;
  },
};

const numbers = (given: unknown): given is readonly number[] =>
  Array.isArray(given) && given.every(Number.isFinite);

/** Splits one list of alphas and one of baselines, for all samples, into lists by sample. */
function unzipped(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || !('alpha' in given)) return undefined;
  const baseline = 'baseline' in given ? given.baseline : 'baseline_index' in given && given.baseline_index;
  if (!Array.isArray(given.alpha) || !Array.isArray(baseline)) return undefined;
  return given.alpha.map((alpha, sample) => ({ alpha, baseline: baseline[sample] }));
}

export const gradientShapOptions = {
  samples: integer({ doc: 'draws for each input', default: 50, min: 1, max: 100_000 }),
  baselines: optional(
    array({ doc: 'inputs that stand for "nothing there" [M, ...]; one of zeros by default' }),
  ),
  noise: number({ doc: 'standard deviation of noise added to the input', default: 0, min: 0 }),
  draws: optional(drawsOption),
};

export const gradientShap = method({
  name: 'gradient-shap',
  family: 'gradient',
  doc: 'Expected gradients: the mean over baselines and positions on the path to them of the gradient times the difference.',
  paper: cite`Erion, Janizek, Sturmfels, Lundberg, Lee (2021). Improving performance of deep learning models with axiomatic attribution priors and expected gradients. doi:10.1038/s42256-021-00343-w`,
  options: gradientShapOptions,
  maps: 'input',
  async attribute(request) {
    const { model, input, targets, options, seed } = request;
    const size = input.data.length / targets.length;
    const baselines = options.baselines ?? zeros([1, ...model.input.shape]);
    if (baselines.data.length % size !== 0 || baselines.shape.slice(1).join() !== model.input.shape.join()) {
      throw usageError(
        `option 'baselines' has shape [${baselines.shape}]; it takes [M,${model.input.shape}]`,
      );
    }
    const draws = options.draws?.[0]?.alpha.length ?? options.samples;
    const plan = planOf(options.draws, draws, baselines, seed);
    const ends = distinctRows(input);
    const starts = distinctRows(baselines);
    const noisy = (image: Float32Array, draw: number) => {
      if (options.noise === 0) return image;
      const random = seededRandom(`${seed}/noise/${draw}`);
      return image.map((x) => x + options.noise * random.normal());
    };
    const { map, outputs } = await pathGradients({
      ...request,
      label: 'gradient shap',
      draws,
      point(sample, draw) {
        const { alpha, baseline } = plan(sample, draw);
        const end = noisy(ends[sample]!, draw);
        return { start: starts[baseline]!, end, part: alpha, weight: 1 / draws };
      },
    });
    const found = await outputs([...ends, ...starts]);
    const classes = found.shape[1]!;
    const outputOf = (row: number, target: number) => found.data[row * classes + target]!;
    const meanOver = (sample: number, target: number) => {
      let mean = 0;
      for (let draw = 0; draw < draws; draw++)
        mean += outputOf(targets.length + plan(sample, draw).baseline, target) / draws;
      return mean;
    };
    const compared = {
      input: targets.map((target, sample) => outputOf(sample, target)),
      baseline: targets.map((target, sample) => meanOver(sample, target)),
    };
    return { map, ...completeness(map, compared), evaluations: { forward: draws, backward: draws } };
  },
});

function planOf(given: GivenDraws | undefined, draws: number, baselines: Tensor, seed: number) {
  const count = baselines.shape[0]!;
  const random = seededRandom(seed);
  const drawn = Array.from({ length: draws }, () => ({
    alpha: random.uniform(),
    baseline: random.below(count),
  }));
  return (sample: number, draw: number) => {
    if (!given) return drawn[draw]!;
    const alpha = given[sample]?.alpha[draw];
    const baseline = given[sample]?.baseline[draw];
    if (alpha === undefined || baseline === undefined || !(baseline >= 0 && baseline < count)) {
      throw usageError(
        `option 'draws' has no alpha and baseline (0 to ${count - 1}) for sample ${sample}, draw ${draw}`,
      );
    }
    return { alpha, baseline };
  };
}
