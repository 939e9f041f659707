import { concurrently } from '../../base/concurrently.js';
import { checkpoint } from '../../base/run.js';
import { spares } from '../../base/spares.js';
import type { Classifier } from '../../model/classifier.js';
import { type Floats, sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { Scored } from '../metric/metric.js';
import { type Quantity, quantityOf } from './quantity.js';

/** A part has about so many values, and at most so many variants; the model has its own batch size. */
const [VALUES, MOST] = [2 ** 22, 32];
/** Parts in memory: while the model evaluates one, the next one is made and sent. */
const KEPT = 2;
/** The first part is small where nothing is evaluated beside it; so many variants fill two cores. */
const FIRST = 4;

/**
 * Writes all of a variant of an input; they are asked for in order, and `last` is the one before it (of the
 * first, what the memory held).
 */
export type Fill = (index: number, into: Float32Array, last: Float32Array) => void;

/** The memory of parts. */
const memories = spares<Float32Array>();
/** How many inputs of a model have variants under way. */
const underWay = new WeakMap<Classifier, number>();

/** The target's quantity for `count` variants of one input `[1, ...]`, evaluated in batches. */
export async function evaluateVariants(
  { predict, target, run, model }: Scored,
  shape: readonly number[],
  count: number,
  fill: Fill,
  quantity: Quantity,
): Promise<number[]> {
  if (predict === undefined || target === undefined) {
    throw new Error('a metric asked a model that it did not declare as needed');
  }
  const outputs = await outputsOf({ predict, run, model }, shape, count, fill);
  return outputs.flatMap((part) => quantityOf(part, target, quantity, model?.head.link));
}

/** The raw outputs for the variants, in parts, which share the memory of as many as are kept at once. */
export async function outputsOf(
  { predict, run, model }: Pick<Scored, 'predict' | 'run' | 'model'>,
  shape: readonly number[],
  count: number,
  fill: Fill,
): Promise<readonly Tensor<Floats>[]> {
  const length = sizeOf(shape.slice(1));
  const others = (model && underWay.get(model)) ?? 0;
  const sizes = partsOf(count, Math.max(1, Math.min(MOST, Math.floor(VALUES / length))), others === 0);
  const values = Math.max(...sizes) * length;
  const memory = sizes.slice(0, KEPT).map(() =>
    memories.take(
      model,
      (one) => one.length >= values,
      () => new Float32Array(values),
    ),
  );
  let last = memory[0]!.subarray(0, length);
  let next = 0;
  const part = async (index: number): Promise<Tensor> => {
    const own = sizes[index]!;
    const data = memory[index % KEPT]!.subarray(0, own * length);
    for (let i = 0; i < own; i++) {
      // The model's answers are heard between two variants.
      await checkpoint(run);
      const into = data.subarray(i * length, (i + 1) * length);
      fill(next++, into, last);
      last = into;
    }
    return { data, shape: [own, ...shape.slice(1)] };
  };
  const outputs: Tensor<Floats>[] = [];
  let made: Promise<unknown> = Promise.resolve();
  const evaluated = async (index: number) => {
    const filled = made.then(() => part(index));
    made = filled;
    return predict!(await filled);
  };
  if (model) underWay.set(model, others + 1);
  try {
    await concurrently(KEPT, sizes.length, evaluated, (output) => outputs.push(output));
  } finally {
    if (model) underWay.set(model, underWay.get(model)! - 1);
  }
  for (const one of memory) memories.keep(model, one);
  return outputs;
}

/** The variants of each part: at most so many, and few in the first where no other input is under way. */
function partsOf(count: number, most: number, isAlone: boolean): readonly number[] {
  const sizes = isAlone ? [Math.min(FIRST, most, count)] : [];
  let rest = count - (sizes[0] ?? 0);
  const size = evenly(Math.ceil(rest / Math.ceil(rest / most)));
  for (; rest > 0; rest -= size) sizes.push(Math.min(size, rest));
  return sizes;
}

/** A part of several variants has an even number of them: two cores share it. */
const evenly = (size: number) => (size > 1 ? size + (size % 2) : size);
