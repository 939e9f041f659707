import { optionError } from '../../base/errors.js';
import type { Sample, Task } from '../../data/sample.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';

export type ClassWeights = 'none' | 'balanced' | readonly number[];

/**
 * What a class's samples weigh in the loss. For one label per sample, `balanced` is N / (K n_k) (King & Zeng
 * 2001), and given weights are scaled to a mean of 1 over `samples`. For several, a class's positives weigh
 * as much as its negatives (`balanced`: negatives / positives), or what is given; its negatives weigh 1.
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

/** What the loss compares the logits with: `[N, K]`, moved towards the middle by `smoothing`. */
export function targetsOf(
  samples: readonly Sample[],
  { classes, multiLabel }: Pick<Task, 'classes' | 'multiLabel'>,
  smoothing: number,
): Tensor {
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
 * The weight of each sample `[N, 1]`, or of each sample and class `[N, K]`; they sum to about 1 over a batch.
 */
export function weightsOf(
  samples: readonly Sample[],
  { multiLabel }: Pick<Task, 'multiLabel'>,
  byClass: readonly number[],
): Tensor {
  if (!multiLabel) {
    const data = Float32Array.from(samples, ({ labels }) => byClass[labels[0]!]! / samples.length);
    return { data, shape: [samples.length, 1] };
  }
  const weights = zeros([samples.length, byClass.length]);
  for (const [row, { labels }] of samples.entries()) {
    for (const [k, weight] of byClass.entries()) {
      weights.data[row * byClass.length + k] = (labels.includes(k) ? weight : 1) / weights.data.length;
    }
  }
  return weights;
}
