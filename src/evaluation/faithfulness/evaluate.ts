import { checkpoint } from '../../base/run.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import type { Scored } from '../metric/metric.js';
import { type Quantity, quantityOf } from './quantity.js';

/** Variants in memory at once; the model has its own batch size. */
const atOnce = 32;

/**
 * The target's quantity for `count` variants of one input `[1, ...]`, evaluated in batches; `fill(i, into)`
 * writes variant `i`, and is called in order.
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

/** The raw outputs for the variants, in parts. */
export async function outputsOf(
  { predict, run }: Pick<Scored, 'predict' | 'run'>,
  shape: readonly number[],
  count: number,
  fill: (index: number, into: Float32Array) => void,
): Promise<readonly Tensor[]> {
  const outputs: Tensor[] = [];
  for (let done = 0; done < count; ) {
    await checkpoint(run);
    const size = Math.min(atOnce, count - done);
    const batch: Tensor = zeros([size, ...shape.slice(1)]);
    const length = batch.data.length / size;
    for (let i = 0; i < size; i++) fill(done + i, batch.data.subarray(i * length, (i + 1) * length));
    outputs.push(await predict!(batch));
    done += size;
  }
  return outputs;
}
