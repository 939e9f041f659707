import { usageError } from '../../base/errors.js';
import { optional } from '../../base/options.js';
import { array } from '../../tensor/option.js';
import { sumsOf } from '../../tensor/sums.js';
import { concatenate, rows, sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { classCount, oneHot } from '../backward.js';
import { method } from '../method.js';
import { spreads } from '../sample-sums.js';
import { multiply } from './multipliers.js';

export const deepliftShap = method({
  name: 'deeplift-shap',
  family: 'relevance',
  doc: 'DeepLIFT averaged over baselines: approximate Shapley values against a background of inputs.',
  paper: {
    authors: 'Lundberg, Lee',
    year: 2017,
    title: 'A unified approach to interpreting model predictions',
    id: 'arXiv:1705.07874',
  },
  options: {
    baselines: optional(
      array({ doc: 'inputs that stand for "nothing there" [M, ...]; one of zeros by default' }),
    ),
  },
  maps: 'input',
  async attribute({ model, input, targets, options, run }) {
    const { shape } = model.input;
    const baselines = options.baselines ?? zeros([1, ...shape]);
    if (baselines.shape.length !== shape.length + 1 || baselines.shape.slice(1).join() !== shape.join()) {
      throw usageError(`option 'baselines' has shape [${baselines.shape}]; it takes [M,${shape}]`);
    }
    const count = baselines.shape[0]!;
    const classes = classCount(model);
    const size = sizeOf(shape);
    const map = zeros(input.shape);
    const expected: number[] = [];
    for (const [row, target] of targets.entries()) {
      const sample = rows(input, row, row + 1);
      // Multipliers are the same both ways: the one sample is the reference beside many baselines.
      const reference = spreads(model) ? sample : repeated(sample, count);
      const seed = oneHot(Array(count).fill(target), classes);
      const found = await multiply(model, 'rescale', { input: baselines, reference, seed }, run);
      for (let i = 0; i < size; i++) {
        let total = 0;
        for (let b = 0; b < count; b++) {
          const at = b * size + i;
          total += found.multipliers.data[at]! * (sample.data[i]! - baselines.data[at]!);
        }
        map.data[row * size + i] = total / count;
      }
      let change = 0;
      for (let b = 0; b < count; b++) {
        change += found.referenceOutput.data[target]! - found.output.data[b * classes + target]!;
      }
      expected.push(change / count);
    }
    const sums = sumsOf(map);
    return {
      map,
      residual: expected.map((change, row) => change - sums[row]!),
      evaluations: { forward: 2 * count, backward: count },
    };
  },
});

const repeated = (sample: Tensor, count: number) => concatenate(Array<Tensor>(count).fill(sample));
