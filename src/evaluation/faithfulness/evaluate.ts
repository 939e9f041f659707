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
  const values: number[] = [];
  while (values.length < count) {
    await checkpoint(run);
    const size = Math.min(atOnce, count - values.length);
    const batch: Tensor = zeros([size, ...shape.slice(1)]);
    const length = batch.data.length / size;
    for (let i = 0; i < size; i++) fill(values.length + i, batch.data.subarray(i * length, (i + 1) * length));
    values.push(...quantityOf(await predict(batch), target, quantity, model?.head.link));
  }
  return values;
}
