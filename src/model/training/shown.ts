import type { Random } from '../../base/random.js';
import type { Sample, Task } from '../../data/sample.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Normalisation } from '../classifier.js';
import { augment } from './augment/augment.js';
import { type Batch, batchOf } from './batches.js';
import { hide } from './hide.js';
import type { TrainingOptions } from './options.js';
import { targetsOf, weightsOf } from './targets.js';

/** What a training shows a network, and how. */
export interface Showing {
  readonly task: Task;
  readonly options: TrainingOptions;
  readonly normalisation: Normalisation;
  /** Loss weights by class. */
  readonly weights: readonly number[];
}

/** What one step gets: images `[N, C, H, W]`, targets `[N, K, ...]` and weights of the loss. */
export interface Shown {
  readonly image: Tensor;
  readonly targets: Tensor;
  readonly weights: Tensor;
}

/** Whole images, changed at random, with the classes of each; `random` is that of the epoch. */
export function shownImages({ samples, own }: Batch, showing: Showing, random: Random): Shown {
  const { task, options, normalisation, weights } = showing;
  const images = samples.map((sample) => changedImage(sample, showing, random));
  return {
    image: batchOf(images, normalisation),
    targets: targetsOf(samples, task, options.smoothing),
    weights: weightsOf(samples, task, weights, own),
  };
}

/** A training image after augmentation and hiding. */
export function changedImage({ id, image }: Sample, showing: Showing, random: Random): Tensor {
  const { options, normalisation } = showing;
  const changed = augment(image, options.augment, random.fork(`augment ${id}`));
  return hide(changed, normalisation.mean, options.hide, random.fork(`hide ${id}`));
}
