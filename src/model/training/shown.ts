import type { Random } from '../../base/random.js';
import type { Sample, Task } from '../../data/sample.js';
import type { Normalisation } from '../classifier.js';
import type { Pairs } from '../recipe.js';
import type { Change } from './augment/changed-image.js';
import type { ImageChanger } from './augment/image-threads.js';
import { augmentations, type Chosen } from './augment/parse.js';
import { type Batch, batchOf, type Shown } from './batches.js';
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

/** A training that has begun. */
export interface Changing extends Showing {
  readonly images: ImageChanger;
}

/**
 * Whole images, changed at random, with the classes of each; `random` is that of the epoch. With `pairs`
 * every second row is another view of the image before it.
 */
export async function shownImages(
  { samples, own }: Batch,
  showing: Changing,
  random: Random,
  pairs?: Pairs,
): Promise<Shown> {
  const { task, options, normalisation, weights } = showing;
  const shown = pairs
    ? { ...showing, options: { ...options, augment: pairChanges(options.augment) } }
    : showing;
  const images = await Promise.all(
    samples.map((sample, row) => {
      const view = pairs ? `view ${row % 2} ` : '';
      const stream = pairs === 'all' ? random.fork(view) : random;
      return showing.images.change({ ...changeOf(sample, shown, stream), view });
    }),
  );
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

/** What changes a training image in the epoch of these random numbers. */
export const changeOf = (
  { id, image }: Sample,
  { options: { augment, hide }, normalisation: { mean } }: Pick<Showing, 'options' | 'normalisation'>,
  { seed }: Random,
): Change => ({ id, image, changes: { augment, hide, mean }, seed });
