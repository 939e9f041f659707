import { optionError } from '../../base/errors.js';
import type { Sample, Task } from '../../data/sample.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';

export type ClassWeights = 'none' | 'balanced' | readonly number[];

/**
 * The class weights of the loss. With one label per sample, `balanced` is N / (K n_k) (King & Zeng 2001),
 * and given weights are scaled to a mean of 1 over `samples`. With several labels per sample, the weights
 * apply to the positives of each class, and negatives weigh 1; `balanced` is negatives / positives. Throws a
 * usage error when the number of weights differs from the number of classes.
 */
export function classWeights(
  choice: ClassWeights,
  { classes, multiLabel }: Pick<Task, 'classes' | 'multiLabel'>,
  samples: readonly Sample[],
): number[] {
  if (choice === 'none') return classes.map(() => 1);
  const counts = classes.map((_, k) => samples.filter(({ labels }) => labels.includes(k)).length);
  if (choice !== 'balanced') {
    if (choice.length !== classes.length) {
      throw optionError(
        `option 'classWeights' of training got ${choice.length} numbers; the classes are ${classes.length}: ${classes.join(', ')}`,
        'classWeights',
      );
    }
    if (multiLabel) return [...choice];
    const total = counts.reduce((sum, count, k) => sum + count * choice[k]!, 0);
    return choice.map((weight) => (weight * samples.length) / total);
  }
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => {
    if (count === 0) return 1;
    return multiLabel ? Math.max(1, samples.length - count) / count : samples.length / (present * count);
  });
}

/** The targets of the loss, `[N, K]`, with label smoothing; of a regression the numbers, `[N, 1]`. */
export function targetsOf(
  samples: readonly Sample[],
  { classes, multiLabel, regression }: Pick<Task, 'classes' | 'multiLabel' | 'regression'>,
  smoothing: number,
): Tensor {
  if (regression)
    return { data: Float32Array.from(samples, ({ value }) => value!), shape: [samples.length, 1] };
  const targets = zeros([samples.length, classes.length]);
  const middle = multiLabel ? 0.5 : 1 / classes.length;
  targets.data.fill(smoothing * middle);
  for (const [row, { labels }] of samples.entries()) {
    for (const label of labels)
      targets.data[row * classes.length + label] = 1 - smoothing + smoothing * middle;
  }
  return targets;
}

/**
 * The weights of samples, `[N, 1]`, or with several labels per sample of samples and classes, `[N, K]`. Those
 * of the first `own` samples sum to about 1, the others are zero.
 */
export function weightsOf(
  samples: readonly Sample[],
  { multiLabel }: Pick<Task, 'multiLabel'>,
  byClass: readonly number[],
  own = samples.length,
): Tensor {
  const width = multiLabel ? byClass.length : 1;
  const weights = zeros([samples.length, width]);
  for (const [row, { labels }] of samples.slice(0, own).entries()) {
    for (let k = 0; k < width; k++) {
      const weight = !multiLabel ? byClass[labels[0]!]! : labels.includes(k) ? byClass[k]! : 1;
      weights.data[row * width + k] = weight / (own * width);
    }
  }
  return weights;
}
