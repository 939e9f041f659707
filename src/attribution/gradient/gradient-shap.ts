import { usageError } from '../../base/errors.js';
import { integer, number, type OptionValues, optional, type Undefaulted } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import { range } from '../../graph/shapes.js';
import { type Classifier, ownShape } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { hasProbabilities, probabilities } from '../../model/probability.js';
import { array } from '../../tensor/option.js';
import { distinctRows } from '../../tensor/rows.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { fromZero, isZero } from '../input/equal.js';
import { completeness } from '../input/targets.js';
import type { MapAsked, MapGraph } from '../map-graph.js';
import { type Attribution, method, type Request } from '../method.js';
import { copiesGraph, elementOf, perCopy } from '../program/copies.js';
import { noiseKeys, noisesOf } from '../program/noise.js';
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
    const found = await expectedGradientsOf(request);
    const plain = ['without noise, the map is that of expected-gradients'];
    return request.options.noise > 0 ? found : { ...found, notes: [...plain, ...(found.notes ?? [])] };
  },
  graph: shapGraph,
});

/** The mean over baselines and positions on the path to them of the gradient times the difference. */
export async function expectedGradientsOf(
  request: Request<OptionValues<typeof gradientShapOptions>>,
): Promise<Attribution> {
  const { model, input, targets, options, seed } = request;
  const baselines = checked(options.baselines ?? zeros([1, ...model.input.shape]), model);
  const draws = options.draws?.[0]?.alpha.length ?? options.samples;
  const plan = planOf(options.draws, draws, baselines, seed);
  const ends = distinctRows(input);
  const starts = distinctRows(baselines);
  const { map, outputs } = await pathGradients({
    ...request,
    label: 'gradient shap',
    draws,
    noise: options.noise > 0 ? { keys: noiseKeys(seed, draws), deviation: options.noise } : undefined,
    point(sample, draw) {
      const { alpha, baseline } = plan(sample, draw);
      return { start: starts[baseline]!, end: ends[sample]!, part: alpha, weight: 1 / draws };
    },
  });
  const found = await outputs([...ends, ...starts]);
  const classes = found.shape[1]!;
  const meanOver = ({ data }: Tensor) =>
    targets.map((target, sample) => {
      let mean = 0;
      for (let draw = 0; draw < draws; draw++)
        mean += data[(targets.length + plan(sample, draw).baseline) * classes + target]! / draws;
      return mean;
    });
  const drawn = targets.map(
    (_, sample) => new Set(range(draws).map((draw) => plan(sample, draw).baseline)).size,
  );
  const compared = {
    input: targets.map((target, sample) => found.data[sample * classes + target]!),
    baseline: meanOver(found),
    ...(drawn.some((count) => count > 1) && { baselines: drawn }),
    ...(hasProbabilities(model) && { baselineProbability: meanOver(probabilities(model, found)) }),
  };
  return {
    map,
    ...completeness(map, compared),
    evaluations: { forward: draws, backward: draws },
    notes: options.noise === 0 && isZero(baselines) && !options.draws ? fromZero(model, 'gradients') : [],
  };
}

/** Expected gradients as a graph that holds baselines, positions and noise; the same for every image. */
export async function shapGraph({
  model,
  options,
  seed,
}: MapAsked<OptionValues<typeof gradientShapOptions>>): Promise<MapGraph> {
  const { shape } = model.input;
  const baselines = checked(options.baselines ?? zeros([1, ...shape]), model);
  if ((options.draws?.length ?? 1) > 1)
    throw usageError(
      `option 'draws' has a list for each of ${options.draws!.length} samples; a graph takes one`,
    );
  const count = options.draws?.[0]?.alpha.length ?? options.samples;
  const plan = planOf(options.draws, count, baselines, seed);
  const draws = range(count).map((draw) => plan(0, draw));
  const outputs = await predict(model, baselines, quietly);
  const classes = outputs.shape[1]!;
  const mean = range(classes).map(
    (k) => draws.reduce((sum, { baseline }) => sum + outputs.data[baseline * classes + k]!, 0) / count,
  );
  // The image itself comes first, at the end of a path.
  const places = [0, ...draws.map(({ baseline }) => baseline)];
  const parts = [1, ...draws.map(({ alpha }) => alpha)];
  const weights = [0, ...draws.map(() => 1 / count)];
  const size = sizeOf(shape);
  const noise = new Float32Array((count + 1) * size);
  const noiseOf = noisesOf(noiseKeys(seed, count), size);
  for (let draw = 0; draw < count && options.noise > 0; draw++)
    noise.set(
      noiseOf(draw).map((value) => options.noise * value),
      (draw + 1) * size,
    );
  const endsOf = (builder: Builder, images: string) => {
    const all = builder.constant(float32(baselines.data, baselines.shape));
    const chosen = builder.emit('Gather', [all, builder.constant(int64(places))], { axis: int(0) });
    const end =
      options.noise > 0
        ? builder.add(images, builder.constant(float32(noise, [count + 1, 1, ...shape])))
        : images;
    return { start: builder.unsqueeze(chosen, [1]), end };
  };
  return copiesGraph(model, {
    count: count + 1,
    make(builder, images) {
      const { start, end } = endsOf(builder, images);
      const { add, mul, sub } = builder;
      return add(start, mul(perCopy(builder, parts, model), sub(end, start)));
    },
    combine(builder, gradients, own, images) {
      const { start, end } = endsOf(builder, images);
      const { mul, sub, reduce, constant } = builder;
      const weighted = mul(perCopy(builder, weights, model), gradients);
      const at = elementOf(builder, own, 0);
      return {
        map: reduce('ReduceSum', mul(weighted, sub(end, start)), [0], { keepdims: int(0) }),
        total: sub(at, constant(float32(mean, [1, classes]))),
        output: at,
      };
    },
  });
}

function checked(baselines: Tensor, { input }: Pick<Classifier, 'input'>): Tensor {
  if (baselines.shape.slice(1).join() !== input.shape.join())
    throw usageError(`option 'baselines' has shape [${baselines.shape}]; it takes [M,${ownShape(input)}]`);
  return baselines;
}

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
