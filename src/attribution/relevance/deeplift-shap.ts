import { usageError } from '../../base/errors.js';
import { optional } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { classCount, ownShape } from '../../model/classifier.js';
import { hasProbabilities, probabilities } from '../../model/probability.js';
import { array } from '../../tensor/option.js';
import { concatenate, rows, sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { fromZero, isZero } from '../input/equal.js';
import { completeness } from '../input/targets.js';
import { method } from '../method.js';
import { oneHot } from '../program/explain.js';
import { spreads } from '../program/sample-sums.js';
import { multiply } from './deeplift-program.js';

export const deepliftShap = method({
  name: 'deeplift-shap',
  family: 'relevance',
  doc: 'DeepLIFT averaged over baselines: approximate Shapley values against a background of inputs.',
  paper: cite`Lundberg, Lee (2017). A unified approach to interpreting model predictions. arXiv:1705.07874`,
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
      throw usageError(
        `option 'baselines' has shape [${baselines.shape}]; it takes [M,${ownShape(model.input)}]`,
      );
    }
    const count = baselines.shape[0]!;
    const classes = classCount(model);
    const size = sizeOf(shape);
    // Multipliers are symmetric in input and reference. Loops over the fewer of baselines and samples and
    // uses each as the shared reference of all others.
    const many = count > targets.length;
    const [fewer, more] = many ? [input, baselines] : [baselines, input];
    const sums = new Float64Array(input.data.length);
    const zero = () => targets.map(() => 0);
    const compared = {
      input: zero(),
      baseline: zero(),
      ...(count > 1 && { baselines: targets.map(() => count) }),
      ...(hasProbabilities(model) && { baselineProbability: zero() }),
    };
    for (let turn = 0; turn < fewer.shape[0]!; turn++) {
      const of = more.shape[0]!;
      const one = rows(fewer, turn, turn + 1);
      const reference = spreads(model) ? one : concatenate(Array<Tensor>(of).fill(one));
      const seed = oneHot(many ? Array<number>(of).fill(targets[turn]!) : targets, classes);
      const found = await multiply(model, 'rescale', { input: more, reference, seed }, run);
      for (let row = 0; row < of; row++) {
        const [sample, baseline] = many ? [turn, row] : [row, turn];
        const [at, x, b] = [row * size, sample * size, baseline * size];
        for (let i = 0; i < size; i++) {
          const difference = input.data[x + i]! - baselines.data[b + i]!;
          sums[x + i]! += (found.multipliers.data[at + i]! * difference) / count;
        }
        const target = targets[sample]!;
        const [own, other] = [
          found.output.data[row * classes + target]!,
          found.referenceOutput.data[target]!,
        ];
        compared.input[sample]! += (many ? other : own) / count;
        compared.baseline[sample]! += (many ? own : other) / count;
        if (compared.baselineProbability) {
          const [at, outputs] = many ? [row, found.output] : [0, found.referenceOutput];
          compared.baselineProbability[sample]! +=
            probabilities(model, rows(outputs, at, at + 1)).data[target]! / count;
        }
      }
    }
    const map = { data: new Float32Array(sums), shape: input.shape };
    return {
      map,
      ...completeness(map, compared),
      evaluations: { forward: 2 * count, backward: count },
      notes: [
        ...(count === 1 ? ['of one baseline, the map is that of deeplift'] : []),
        ...(isZero(baselines) ? fromZero(model, 'differences') : []),
      ],
    };
  },
});
