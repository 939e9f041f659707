import { seededRandom } from '../../../base/random.js';
import type { Sample } from '../../../data/sample.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { augment } from './augment.js';
import { hide } from './hide.js';
import type { Chosen } from './parse.js';

/** How the images of a training are changed. */
export interface Changes {
  readonly augment: readonly Chosen[];
  /** The probability that parts of an image are hidden. */
  readonly hide: number;
  /** What hidden parts show, by channel. */
  readonly mean: readonly number[];
}

/** An image to change. What it becomes follows from this alone, wherever it is computed. */
export interface Change extends Pick<Sample, 'id' | 'image'> {
  readonly changes: Changes;
  /** The seed of the epoch. */
  readonly seed: number;
  /** Names the numbers for the intensities. */
  readonly view?: string;
}

/** A training image after augmentation and hiding. */
export function changedImage({ id, image, changes, seed, view = '' }: Change): Tensor {
  const random = seededRandom(seed);
  const [places, intensities] = [random.fork(`augment ${id}`), random.fork(`augment ${view}${id}`)];
  const changed = augment(image, changes.augment, places, intensities);
  return hide(changed, changes.mean, changes.hide, random.fork(`hide ${id}`));
}
