import type { Builder } from '../../graph/builder.js';
import type { ValueShape } from '../../graph/shapes.js';
import { range } from '../../graph/shapes.js';
import { batchSizeOf } from '../../model/batch-size.js';
import type { Classifier } from '../../model/classifier.js';

/**
 * Whether no value merges the batch axis with another axis. Otherwise the samples of a batch cannot be
 * separated.
 */
export const spreads = (model: Classifier): boolean =>
  [...model.shapes.values()].every(({ dims, batchAxis }) => batchAxis === undefined || dims[batchAxis] === 1);

/** The largest batch for which `sumBySample` can separate the samples. */
export const batchOfSums = (model: Classifier): number => (spreads(model) ? batchSizeOf(model) : 1);

/**
 * Sums over all axes except the batch: `[N, 1]`. For values that merge the batch with another axis the batch
 * must be 1.
 */
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
