import type { Builder } from '../../graph/builder.js';
import type { ValueShape } from '../../graph/shapes.js';
import { range } from '../../graph/shapes.js';
import type { Classifier } from '../../model/classifier.js';
import { batchSizeOf } from '../../model/predict.js';

/**
 * Whether every value has an axis for the batch alone; where the batch is part of an axis, its samples can't
 * be told apart.
 */
export const spreads = (model: Classifier): boolean =>
  [...model.shapes.values()].every(({ dims, batchAxis }) => batchAxis === undefined || dims[batchAxis] === 1);

/** Largest batch for which `sumBySample` can separate the samples. */
export const batchOfSums = (model: Classifier): number => (spreads(model) ? batchSizeOf(model) : 1);

/** `[N, 1]`: the sum over everything but the batch; of a batch of one where the batch is part of an axis. */
export function sumBySample(
  { reduce, reshape }: Builder,
  value: string,
  { dims, batchAxis }: ValueShape,
): string {
  const alone = batchAxis !== undefined && dims[batchAxis] === 1;
  const axes = range(dims.length).filter((axis) => !alone || axis !== batchAxis);
  const sum = axes.length === 0 ? value : reduce('ReduceSum', value, axes);
  return reshape(sum, [-1, 1]);
}
