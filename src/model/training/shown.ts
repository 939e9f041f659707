import type { Random } from '../../base/random.js';
import type { Sample, Task } from '../../data/sample.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Normalisation } from '../classifier.js';
import type { Pairs } from '../recipe.js';
import { augment } from './augment/augment.js';
import { augmentations, type Chosen } from './augment/parse.js';
import { type Batch, batchOf, type Shown } from './batches.js';
import { hide } from './hide.js';
import { mixed } from './mixed.js';
import { mixings } from './mixing/registry.js';
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

/**
 * Whole images, changed at random, with the classes of each; `random` is that of the epoch. With `pairs`
 * every second row is another view of the image before it.
 */
export function shownImages({ samples, own }: Batch, showing: Showing, random: Random, pairs?: Pairs): Shown {
  const { task, options, normalisation, weights } = showing;
  const shown = pairs
    ? { ...showing, options: { ...options, augment: pairChanges(options.augment) } }
    : showing;
  const images = samples.map((sample, row) => {
    const view = pairs ? `view ${row % 2} ` : '';
    return changedImage(sample, shown, pairs === 'all' ? random.fork(view) : random, view);
  });
  const whole: Shown = {
    image: batchOf(images, normalisation),
    targets: targetsOf(samples, task, options.smoothing),
    weights: weightsOf(samples, task, weights, own),
  };
  const mixing = mixings[options.mix];
  return mixing && !pairs ? mixed(whole, samples, own, mixing, random) : whole;
}

/** The changes of two views: without one of intensity the views were equal, so all of them are taken. */
function pairChanges(chosen: readonly Chosen[]): readonly Chosen[] {
  const intensities = Object.values(augmentations).filter(({ kind }) => kind === 'intensity');
  const differs = chosen.some(({ name }) => intensities.some((one) => one.name === name));
  return differs ? chosen : [...chosen, ...intensities.map(({ name, strength }) => ({ name, strength }))];
}

/** A training image after augmentation and hiding; `view` names the numbers for the intensities. */
export function changedImage({ id, image }: Sample, showing: Showing, random: Random, view = ''): Tensor {
  const { options, normalisation } = showing;
  const changed = augment(
    image,
    options.augment,
    random.fork(`augment ${id}`),
    random.fork(`augment ${view}${id}`),
  );
  return hide(changed, normalisation.mean, options.hide, random.fork(`hide ${id}`));
}
