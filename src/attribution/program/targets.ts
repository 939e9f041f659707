import type { Builder } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Value } from '../../graph/graph.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import type { Tensor } from '../../tensor/tensor.js';

/** The target of each row as a feed `[N, 1]`, from which a program makes the seed itself. */
export const targetsFeed: Value = { name: 'sl.targets', type: 'float32', shape: ['N', 1] };

export const fedTargets = (targets: readonly number[]): Tensor =>
  float32(targets, [targets.length, 1]) as Tensor;

/** Adds the nodes of the seed `[N, K]`: 1 at each row's target, 0 elsewhere. */
export function seedOfTargets({ constant, equal, where }: Builder, model: Classifier): string {
  const classes = classCount(model);
  const all = float32(
    Float32Array.from({ length: classes }, (_, i) => i),
    [1, classes],
  );
  return where(equal(targetsFeed.name, constant(all)), 1, 0);
}
