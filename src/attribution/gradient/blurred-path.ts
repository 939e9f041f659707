import { isGpuProvider } from '../../engine/gpu/prepare.js';
import { int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import type { Graph, Value } from '../../graph/graph.js';
import { range } from '../../graph/shapes.js';
import { type Classifier, placesOf } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import { programOf } from '../../model/programs.js';
import { foldedGaussian } from '../../tensor/blur.js';
import { stacked } from '../../tensor/rows.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import { alongAxes } from '../program/along-axes.js';
import { gradient } from '../program/backward.js';
import { explainProgram } from '../program/explain.js';
import { fedTargets, seedOfTargets, targetsFeed } from '../program/targets.js';

/**
 * The points `from` (inclusive) to `to` (exclusive) of the path of one image `[1, ...]` blurred with each of
 * `sigmas`. The last point fills up the run to `rows` rows.
 */
export interface Stretch {
  readonly image: Tensor;
  readonly target: number;
  readonly sigmas: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

const names = {
  ...{ image: 'sl.image', points: 'sl.points', ways: 'sl.ways', sum: 'sl.sum' },
};
/** The blurs along an axis of the positions. */
const along = (axis: number) => `sl.along.${axis}`;

/**
 * Computes, for points of a blurred path, the trapezoidal sum of gradient times step and the raw outputs
 * `[rows, K]`. The engine makes the blurs of the image, by a matrix product along each axis.
 */
export async function blurredPaths(
  given: Classifier,
  rows: number,
): Promise<{
  readonly sessions: number;
  run(stretch: Stretch): Promise<{ readonly sum: Tensor; readonly logits: Tensor }>;
}> {
  const model = inForm(given, 'gradient');
  const places = placesOf(model);
  const key = isGpuProvider(model.engine.name) ? `blurred path of ${rows}` : 'blurred path';
  const { sessions, run } = await programOf(model, key, () => blurredGraph(model));
  return {
    sessions,
    async run({ image, target, sigmas, from, to, rows }) {
      // The points and one before and one after them, as far as there are any.
      const last = sigmas.length - 1;
      const blurs = range(rows + 2).map((i) => Math.min(Math.max(0, from - 1 + i), last));
      const folded = (length: number) =>
        stacked(
          blurs.map((blur) => foldedGaussian(sigmas[blur]!, length)),
          [2 * length],
        );
      const [points, ways] = [zeros([rows, blurs.length]), zeros([rows, blurs.length])];
      for (let row = 0; row < rows; row++) {
        const point = Math.min(from + row, to - 1);
        const at = row * blurs.length - from + 1;
        points.data[at + point] = 1;
        if (from + row > point) continue;
        ways.data[at + Math.max(0, point - 1)]! += 0.5;
        ways.data[at + Math.min(last, point + 1)]! -= 0.5;
      }
      const fed = {
        ...{ [names.image]: image, [names.points]: points, [names.ways]: ways },
        ...Object.fromEntries(places.map((length, axis) => [along(axis), folded(length)])),
        [targetsFeed.name]: fedTargets(Array<number>(rows).fill(target)),
      };
      const feeds = Object.entries(fed).map(([name, { data, shape }]) => [name, float32(data, shape)]);
      const found = await run(Object.fromEntries(feeds));
      return { sum: found[names.sum] as Tensor, logits: found[model.output] as Tensor };
    },
  };
}

function blurredGraph(model: Classifier): Graph {
  const { input, output } = model;
  const places = placesOf(model);
  const fed = (name: string, ...shape: (number | string)[]): Value => ({ name, type: 'float32', shape });
  let flat = '';
  return explainProgram(model, {
    front: {
      feeds: [
        fed(names.image, 1, ...input.shape),
        ...places.map((length, axis) => fed(along(axis), 'blurs', 2 * length)),
        fed(names.points, 'N', 'blurs'),
      ],
      make(builder, name) {
        const weights = places.map((length, axis) => ({
          name: matrices(builder, along(axis), length),
          rank: 4 as const,
        }));
        const blurred = alongAxes(builder, names.image, places, places, weights);
        flat = builder.reshape(blurred, [0, -1]);
        const points = builder.reshape(builder.matMul(names.points, flat), [-1, ...input.shape]);
        builder.alias(points, name);
      },
    },
    feeds: [targetsFeed, fed(names.ways, 'N', 'blurs')],
    outputs(builder, walk) {
      const start = seedOfTargets(builder, model);
      const { [input.name]: gradients } = walk({ method: 'gradient', ruleFor: gradient, start });
      const slopes = builder.reshape(gradients!, [0, -1]);
      const products = builder.mul(builder.matMul(names.ways, flat), slopes);
      return { [output]: output, [names.sum]: builder.reduce('ReduceSum', products, [0]) };
    },
  });
}

/** The matrices `[blurs, 1, length, length]` of folded kernels `[blurs, 2 length]`. */
function matrices({ add, constant, emit, unsqueeze }: Builder, folded: string, length: number): string {
  const places = (at: (i: number, j: number) => number) => {
    const all = range(length).flatMap((i) => range(length).map((j) => at(i, j)));
    return constant(int64(all, [length, length]));
  };
  const weights = (at: (i: number, j: number) => number) =>
    emit('Gather', [folded, places(at)], { axis: int(1) });
  const near = weights((i, j) => Math.abs(i - j));
  return unsqueeze(
    add(
      near,
      weights((i, j) => i + j + 1),
    ),
    [1],
  );
}
