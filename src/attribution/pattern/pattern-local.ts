import { usageError } from '../../base/errors.js';
import { choice, either, flag, integer, number, type OptionValues, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { type Random, seededRandom } from '../../base/random.js';
import { checkpoint } from '../../base/run.js';
import { classCount } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { momentsOf, ridge } from '../../tensor/least-squares.js';
import { array } from '../../tensor/option.js';
import { rows, type Tensor, zeros } from '../../tensor/tensor.js';
import { segmentationOf, segmentsOption } from '../game/segments.js';
import { method, type Request } from '../method.js';
import { gradient, inputPass } from '../program/backward.js';
import { dataOf, dataOption } from './data.js';
import { covarianceTimes, neighboursOf } from './neighbours.js';
import { componentsSpace, type Space, segmentsSpace, valuesSpace } from './spaces.js';

const options = {
  data: dataOption,
  space: choice(['values', 'components', 'segments'], {
    doc: 'what the surrogate is linear in: the values of the input, principal components of the data, or the means of segments',
    default: 'values',
  }),
  components: integer({ doc: 'number of principal components', min: 1, max: 1024, default: 8 }),
  segments: segmentsOption,
  surrogate: choice(['gradient', 'lime'], {
    doc: 'the local linear model: the gradient, or a weighted regression on inputs drawn like the data (tabular LIME, its weights in units of the input)',
    default: 'gradient',
  }),
  samples: either(
    integer({
      doc: 'inputs that lime draws, or standard normal numbers for them',
      min: 10,
      max: 1e6,
      default: 1000,
    }),
    array({ doc: '', accepts: 'an array [draws, features]' }),
  ),
  neighbours: searched(
    number({ doc: 'share of the data that counts as near', min: 0, max: 1, default: 0.1 }),
    { among: [0.05, 0.1, 0.2, 0.5, 1] },
  ),
  projected: flag({
    doc: 'whether neighbours are those of the nearest place where the linear model is 0, in place of those of the sample',
    default: false,
  }),
  shrinkage: searched(
    number({ doc: 'of the covariance towards a multiple of the identity', min: 0, max: 1, default: 0 }),
    { among: [0, 0.05, 0.1, 0.3] },
  ),
  normalised: flag({
    doc: 'whether the pattern is divided by the variance of the surrogate, as in the paper, plus lambda',
    default: false,
  }),
  lambda: number({ doc: 'what is added to the variance of the surrogate', min: 0, default: 0 }),
};

export const patternLocal = method({
  name: 'pattern-local',
  family: 'pattern',
  doc: 'How the input changes, among the nearest of the data, with a local linear model of the target output: their covariance times its weights.',
  paper: cite`Gjølbye, Haufe, Hansen (2025). Minimizing false-positive attributions in explanations of non-linear models. arXiv:2505.11210`,
  options,
  maps: 'input',
  async attribute(request) {
    const { model, input, targets, run } = request;
    const data = dataOf(model, request.options.data, 'pattern-local');
    const size = data.data.length / data.shape[0]!;
    const map = zeros(input.shape);
    const shared = request.options.space === 'segments' ? undefined : projected(request, data, input);
    let forward = 0;
    for (const [row, target] of targets.entries()) {
      await checkpoint(run);
      const sample = rows(input, row, row + 1);
      const { space, points } = shared ?? projected(request, data, sample);
      const z = space.project(sample.data);
      const found = await surrogateAt(request, { space, points, z, target, row });
      forward += found.forward;
      const at = request.options.projected ? onBoundary(z, found) : z;
      const near = neighboursOf(at, points, request.options.neighbours);
      const pattern = covarianceTimes(points, near, found.weights, request.options.shrinkage);
      map.data.set(space.show(scaled(pattern, found.weights, request.options)), row * size);
    }
    return {
      map,
      evaluations: {
        forward: forward / targets.length,
        backward: request.options.surrogate === 'gradient' ? 1 : 0,
      },
    };
  },
});

type Given = Request<OptionValues<typeof options>>;

function projected(
  { model, options: { space: name, components, segments } }: Given,
  data: Tensor,
  sample: Tensor,
) {
  const size = data.data.length / data.shape[0]!;
  const space =
    name === 'values'
      ? valuesSpace(size)
      : name === 'components'
        ? componentsSpace(data, components)
        : segmentsSpace(segmentationOf(segments, model, sample), model);
  const points = Array.from({ length: data.shape[0]! }, (_, i) =>
    space.project(data.data.subarray(i * size, (i + 1) * size)),
  );
  return { space, points };
}

interface At {
  readonly space: Space;
  readonly points: readonly Float64Array[];
  readonly z: Float64Array;
  readonly target: number;
  readonly row: number;
}

/** The local linear model: its weights, in the units of the space, and its value at the sample. */
interface Surrogate {
  readonly weights: Float64Array;
  readonly value: number;
}

/** The nearest point to z at which the linear model is 0. */
function onBoundary(z: Float64Array, { weights, value }: Surrogate): Float64Array {
  const square = weights.reduce((sum, w) => sum + w * w, 0) || 1;
  return z.map((own, p) => own - (value * weights[p]!) / square);
}

async function surrogateAt(
  { model, run, seed, options: given }: Given,
  at: At,
): Promise<Surrogate & { readonly forward: number }> {
  const { space, z, target } = at;
  const shape = model.input.shape;
  if (given.surrogate === 'gradient') {
    const lifted = { data: space.lift(z), shape: [1, ...shape] };
    const map = await inputPass(
      { model, run, input: lifted, targets: [target] },
      { method: 'gradient', ruleFor: gradient },
    );
    const output = given.projected ? await predict(model, lifted, run) : undefined;
    const value = output?.data[target] ?? 0;
    return { weights: space.pullBack(map.data), value, forward: output ? 2 : 1 };
  }
  const draws = drawsOf(given.samples, space.size, seededRandom(`${seed}/pattern-local`));
  const { mean, deviation } = spreadOf(at.points);
  const first = z.map((value, p) => (value - mean[p]!) / (deviation[p]! || 1));
  // The first is the sample itself.
  const scores = draws.map((draw, i) => (i === 0 ? first : draw));
  const images = new Float32Array(scores.length * shape.reduce((a, b) => a * b, 1));
  for (const [i, u] of scores.entries())
    images.set(
      space.lift(u.map((value, p) => mean[p]! + value * deviation[p]!)),
      (i * images.length) / scores.length,
    );
  const outputs = await predict(model, { data: images, shape: [scores.length, ...shape] }, run);
  const width = 0.75 * Math.sqrt(space.size);
  const regressed = scores.map((u, i) => {
    const square = u.reduce((sum, value, p) => sum + (value - first[p]!) ** 2, 0);
    const y = outputs.data[i * classCount(model) + target]!;
    return { x: Float32Array.from(u), y, weight: Math.sqrt(Math.exp(-square / width ** 2)) };
  });
  const moments = momentsOf(regressed, space.size);
  const slopes = ridge(moments, 1);
  return {
    weights: slopes.map((slope, p) => slope / (deviation[p]! || 1)),
    value: slopes.reduce((sum, slope, p) => sum + slope * (first[p]! - moments.mean[p]!), moments.outcome),
    forward: scores.length,
  };
}

function drawsOf(samples: number | Tensor, size: number, random: Random): Float64Array[] {
  if (typeof samples === 'number')
    return Array.from({ length: samples }, () => Float64Array.from({ length: size }, () => random.normal()));
  const [count, features] = samples.shape;
  if (samples.shape.length !== 2 || features !== size)
    throw usageError(
      `option 'samples' of method pattern-local has shape [${samples.shape}]; it takes [draws,${size}]`,
    );
  return Array.from({ length: count! }, (_, i) =>
    Float64Array.from(samples.data.subarray(i * size, (i + 1) * size)),
  );
}

/** Mean and standard deviation of each feature. */
function spreadOf(points: readonly Float64Array[]) {
  const mean = points[0]!.map((_, p) => points.reduce((sum, point) => sum + point[p]!, 0) / points.length);
  const deviation = mean.map((value, p) =>
    Math.sqrt(points.reduce((sum, point) => sum + (point[p]! - value) ** 2, 0) / points.length),
  );
  return { mean, deviation };
}

function scaled(
  pattern: Float64Array,
  weights: Float64Array,
  { normalised, lambda }: { readonly normalised: boolean; readonly lambda: number },
): Float64Array {
  if (!normalised) return pattern;
  const variance = pattern.reduce((sum, value, p) => sum + value * weights[p]!, lambda);
  return variance === 0 ? pattern : pattern.map((value) => value / variance);
}
