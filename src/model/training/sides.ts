import { usageError } from '../../base/errors.js';
import type { Task } from '../../data/sample.js';
import type { TrainingOptions } from './options.js';

/** The augmentations that move findings to a place of another class, by the task whose classes are places. */
const movers: Readonly<Record<string, readonly string[]>> = {
  laterality: ['flip', 'transpose'],
  quadrant: ['flip', 'upend', 'transpose'],
};

/**
 * Throws a usage error where the classes are sides or quadrants of the image and an augmentation, or a view
 * of the tested images, mirrors it: the label would be that of the other side.
 */
export function checkSides(
  { provenance }: Pick<Task, 'provenance'>,
  { augment, views }: Pick<TrainingOptions, 'augment' | 'views'>,
): void {
  const task = String(provenance.task);
  const moved = Object.hasOwn(movers, task) ? movers[task]! : [];
  if (moved.length === 0) return;
  const wrong = augment.find(({ name, strength }) => strength > 0 && moved.includes(name));
  const why = `the classes of task ${task} are places in the image, which it would exchange`;
  if (wrong !== undefined) {
    throw usageError(
      `option 'augment' of training got ${wrong.name}, by itself or as the data set's default; ${why}: give others, or none`,
    );
  }
  if (views !== 'none') throw usageError(`option 'views' of training got ${views}; ${why}: none`);
}
