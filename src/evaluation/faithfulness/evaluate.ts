import { concurrently } from '../../base/concurrently.js';
import { checkpoint } from '../../base/run.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { Scored } from '../metric/metric.js';
import { type Quantity, quantityOf } from './quantity.js';

/** A part has about so many values, and at most so many variants; the model has its own batch size. */
const [VALUES, MOST] = [2 ** 21, 32];
/** Parts in memory: while the model evaluates one, the next one is made and sent. */
const KEPT = 2;
/** So many parts, unless they had fewer variants than fill two cores: the first one alone is waited for. */
const [PARTS, LEAST] = [4, 4];

/**
 * The target's quantity for `count` variants of one input `[1, ...]`, evaluated in batches; `fill(i, into)`
 * writes all of variant `i`, and is called in order.
 */
export async function evaluateVariants(
  { predict, target, run, model }: Scored,
  shape: readonly number[],
  count: number,
  fill: (index: number, into: Float32Array) => void,
  quantity: Quantity,
): Promise<number[]> {
  if (predict === undefined || target === undefined) {
    throw new Error('a metric asked a model that it did not declare as needed');
  }
  const outputs = await outputsOf({ predict, run }, shape, count, fill);
  return outputs.flatMap((part) => quantityOf(part, target, quantity, model?.head.link));
}

/** The raw outputs for the variants, in parts, which share the memory of as many as are kept at once. */
export async function outputsOf(
  { predict, run }: Pick<Scored, 'predict' | 'run'>,
  shape: readonly number[],
  count: number,
  fill: (index: number, into: Float32Array) => void,
): Promise<readonly Tensor[]> {
  const length = sizeOf(shape.slice(1));
  const most = Math.min(MOST, VALUES / length, Math.max(LEAST, count / PARTS));
  const parts = Math.ceil(count / most);
  const size = evenly(Math.ceil(count / parts));
  const memory = Array.from({ length: Math.min(KEPT, parts) }, () => new Float32Array(size * length));
  const part = async (index: number): Promise<Tensor> => {
    const own = Math.min(size, count - index * size);
    const data = memory[index % KEPT]!.subarray(0, own * length);
    for (let i = 0; i < own; i++) {
      // The model's answers are heard between two variants.
      await checkpoint(run);
      fill(index * size + i, data.subarray(i * length, (i + 1) * length));
    }
    return { data, shape: [own, ...shape.slice(1)] };
  };
  const outputs: Tensor[] = [];
  let made: Promise<unknown> = Promise.resolve();
  const evaluated = async (index: number) => {
    const next = made.then(() => part(index));
    made = next;
    return predict!(await next);
  };
  await concurrently(KEPT, Math.ceil(count / size), evaluated, (output) => outputs.push(output));
  return outputs;
}

/** A part of several variants has an even number of them: two cores share it. */
const evenly = (size: number) => (size > 1 ? size + (size % 2) : size);
