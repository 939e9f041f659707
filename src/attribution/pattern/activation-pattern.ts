import { choice, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { quietly, type RunContext } from '../../base/run.js';
import { float32 } from '../../graph/elements.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { pseudoInverse } from '../../tensor/eigen.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import { method } from '../method.js';
import { seedName } from '../program/explain.js';
import { dataOf, dataOption } from './data.js';

export const activationPattern = method({
  name: 'activation-pattern',
  family: 'pattern',
  doc: 'How the input changes with the target output over the data: the covariance of input and outputs, divided by that of the outputs. The same for every sample.',
  paper: cite`Haufe, Meinecke, Görgen, Dähne, Haynes, Blankertz, Bießmann (2014). On the interpretation of weight vectors of linear models in multivariate neuroimaging. doi:10.1016/j.neuroimage.2013.10.067`,
  options: {
    data: dataOption,
    outputs: searched(
      choice(['together', 'alone'], {
        doc: 'whether the other outputs, which may correlate, are held fixed; outputs of a softmax are taken from their mean first',
        default: 'together',
      }),
      { among: ['together', 'alone'] },
    ),
  },
  maps: 'input',
  async attribute({ model, input, targets, options, run }) {
    const { data, ofTarget } = await patternsIn(model, options, run);
    const together = options.outputs === 'together';
    const patterns = new Map([...new Set(targets)].map((target) => [target, ofTarget(target)]));
    const map = new Float32Array(input.data.length);
    for (const [row, target] of targets.entries())
      map.set(patterns.get(target)!, row * (map.length / targets.length));
    return {
      map: { data: map, shape: input.shape },
      evaluations: { forward: data.shape[0]! / targets.length, backward: 0 },
      ...(classCount(model) > 1 &&
        together && { notes: ['the map is of the target output with the others held fixed'] }),
    };
  },
  async graph({ model, options }) {
    const { ofTarget } = await patternsIn(model, options, quietly);
    const { shape } = model.input;
    const classes = classCount(model);
    const size = sizeOf(shape);
    const all = new Float32Array(classes * size);
    for (let target = 0; target < classes; target++) all.set(ofTarget(target), target * size);
    return {
      model,
      nodes: ({ matMul, reshape, constant }) => ({
        map: reshape(matMul(seedName, constant(float32(all, [classes, size]))), [-1, ...shape]),
      }),
    };
  },
});

/** The pattern of each raw output in the data. */
async function patternsIn(
  model: Classifier,
  options: { readonly data?: Tensor | undefined; readonly outputs: 'together' | 'alone' },
  run: RunContext,
) {
  const data = dataOf(model, options.data, 'activation-pattern');
  const raw = await predict(model, data, run);
  const outputs = model.head.link === 'softmax' ? fromMean(raw) : raw;
  const together = options.outputs === 'together' ? patternsOf(data, outputs) : undefined;
  const ofTarget = (target: number) => together?.[target] ?? patternsOf(data, column(outputs, target))[0]!;
  return { data, ofTarget };
}

/**
 * The activation patterns of outputs `[M, K]` over inputs `[M, ...]`, one for each output: the columns of
 * Cov(x, s) Cov(s)^+, the least squares of the inputs on the outputs.
 */
export function patternsOf(data: Tensor, outputs: Tensor): Float64Array[] {
  const [count, outputsCount] = outputs.shape as [number, number];
  const size = data.data.length / count;
  const means = Float64Array.from({ length: outputsCount }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += outputs.data[i * outputsCount + k]!;
    return sum / count;
  });
  const covariance = new Float64Array(outputsCount * outputsCount);
  const withInput = Array.from({ length: outputsCount }, () => new Float64Array(size));
  for (let i = 0; i < count; i++) {
    const centred = means.map((mean, k) => outputs.data[i * outputsCount + k]! - mean);
    for (let k = 0; k < outputsCount; k++) {
      for (let l = 0; l < outputsCount; l++) covariance[k * outputsCount + l]! += centred[k]! * centred[l]!;
      const row = withInput[k]!;
      for (let p = 0; p < size; p++) row[p]! += data.data[i * size + p]! * centred[k]!;
    }
  }
  const inverse = pseudoInverse(covariance, outputsCount);
  return Array.from({ length: outputsCount }, (_, k) => {
    const pattern = new Float64Array(size);
    for (let l = 0; l < outputsCount; l++)
      for (let p = 0; p < size; p++) pattern[p]! += withInput[l]![p]! * inverse[l * outputsCount + k]!;
    return pattern;
  });
}

/** Outputs `[N, K]` minus their mean over the classes: what a softmax does not see is gone. */
export function fromMean({ data, shape }: Tensor): Tensor {
  const classes = shape[1]!;
  const centred = Float32Array.from(data);
  for (let i = 0; i < data.length; i += classes) {
    const mean = data.subarray(i, i + classes).reduce((a, b) => a + b, 0) / classes;
    for (let k = 0; k < classes; k++) centred[i + k]! -= mean;
  }
  return { data: centred, shape };
}

const column = ({ data, shape }: Tensor, k: number): Tensor => ({
  data: Float32Array.from({ length: shape[0]! }, (_, i) => data[i * shape[1]! + k]!),
  shape: [shape[0]!, 1],
});
