import { float32 } from '../../graph/elements.js';
import type { Graph, Value } from '../../graph/graph.js';
import { type Classifier, classCount, imageShape } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import { programOf } from '../../model/programs.js';
import { gaussianMatrix } from '../../tensor/blur.js';
import { stacked } from '../../tensor/rows.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import { gradient } from '../program/backward.js';
import { explainProgram, oneHot, seedName } from '../program/explain.js';

/**
 * The points `from` (inclusive) to `to` (exclusive) of the path of one image `[1, ...]` blurred with each of
 * `sigmas`.
 */
export interface Stretch {
  readonly image: Tensor;
  readonly target: number;
  readonly sigmas: readonly number[];
  readonly from: number;
  readonly to: number;
}

const names = {
  ...{ image: 'sl.image', down: 'sl.down', across: 'sl.across', points: 'sl.points' },
  ...{ ways: 'sl.ways', sum: 'sl.sum' },
};

/**
 * Computes, for points of a blurred path, the trapezoidal sum of gradient times step and the raw outputs
 * `[points, K]`. The engine blurs by a matrix product along each axis.
 */
export async function blurredPaths(given: Classifier): Promise<{
  readonly sessions: number;
  run(stretch: Stretch): Promise<{ readonly sum: Tensor; readonly logits: Tensor }>;
}> {
  const model = inForm(given, 'gradient');
  const { height, width } = imageShape(model);
  const { sessions, run } = await programOf(model, 'blurred path', () => blurredGraph(model));
  return {
    sessions,
    async run({ image, target, sigmas, from, to }) {
      const first = Math.max(0, from - 1);
      const blurs = sigmas.slice(first, to + 1);
      const matrices = (length: number) => {
        const each = blurs.map((sigma) => gaussianMatrix(sigma, length).data);
        return stacked(each, [1, length, length]);
      };
      const [points, ways] = [zeros([to - from, blurs.length]), zeros([to - from, blurs.length])];
      for (let point = from; point < to; point++) {
        const row = (point - from) * blurs.length - first;
        points.data[row + point] = 1;
        ways.data[row + Math.max(0, point - 1)]! += 0.5;
        ways.data[row + Math.min(sigmas.length - 1, point + 1)]! -= 0.5;
      }
      const seed = oneHot(Array<number>(to - from).fill(target), classCount(model));
      const fed = {
        ...{ [names.image]: image, [names.down]: matrices(height), [names.across]: matrices(width) },
        ...{ [names.points]: points, [names.ways]: ways, [seedName]: seed },
      };
      const feeds = Object.entries(fed).map(([name, { data, shape }]) => [name, float32(data, shape)]);
      const found = await run(Object.fromEntries(feeds));
      return { sum: found[names.sum] as Tensor, logits: found[model.output] as Tensor };
    },
  };
}

function blurredGraph(model: Classifier): Graph {
  const { input, output } = model;
  const { height, width } = imageShape(model);
  const fed = (name: string, ...shape: (number | string)[]): Value => ({ name, type: 'float32', shape });
  let flat = '';
  return explainProgram(model, {
    front: {
      feeds: [
        fed(names.image, 1, ...input.shape),
        fed(names.down, 'blurs', 1, height, height),
        fed(names.across, 'blurs', 1, width, width),
        fed(names.points, 'N', 'blurs'),
      ],
      make(builder, name) {
        const blurred = builder.matMul(builder.matMul(names.down, names.image), names.across);
        flat = builder.reshape(blurred, [0, -1]);
        const points = builder.reshape(builder.matMul(names.points, flat), [-1, ...input.shape]);
        builder.alias(points, name);
      },
    },
    feeds: [fed(names.ways, 'N', 'blurs')],
    outputs(builder, walk) {
      const { [input.name]: gradients } = walk({ method: 'gradient', ruleFor: gradient });
      const slopes = builder.reshape(gradients!, [0, -1]);
      const products = builder.mul(builder.matMul(names.ways, flat), slopes);
      return { [output]: output, [names.sum]: builder.reduce('ReduceSum', products, [0]) };
    },
  });
}
