import { checkpoint } from '../../base/run.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { Scored } from '../metric/metric.js';
import { type Quantity, quantityOf } from './quantity.js';

/** Variants in memory at once; the model has its own batch size. */
const atOnce = 32;

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

/** The raw outputs for the variants, in parts; every part is written to the same memory. */
export async function outputsOf(
  { predict, run }: Pick<Scored, 'predict' | 'run'>,
  shape: readonly number[],
  count: number,
  fill: (index: number, into: Float32Array) => void,
): Promise<readonly Tensor[]> {
  const outputs: Tensor[] = [];
  const length = sizeOf(shape.slice(1));
  const memory = new Float32Array(Math.min(atOnce, count) * length);
  for (let done = 0; done < count; ) {
    await checkpoint(run);
    const size = Math.min(atOnce, count - done);
    for (let i = 0; i < size; i++) fill(done + i, memory.subarray(i * length, (i + 1) * length));
    const data = memory.subarray(0, size * length);
    outputs.push(await predict!({ data, shape: [size, ...shape.slice(1)] }));
    done += size;
  }
  return outputs;
}
