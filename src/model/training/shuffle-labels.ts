import { permutation, type Random } from '../../base/random.js';
import type { Task } from '../../data/sample.js';

/**
 * The task with the labels and masks of its training images in a random order. They are its validation images
 * too: the best epoch is that which knows them best, since there is nothing to generalise.
 */
export function withShuffledLabels(task: Task, random: Random): Task {
  const order = permutation(random, task.train.length);
  const train = task.train.map((sample, i) => {
    const { labels, value, mask, findings } = task.train[order[i]!]!;
    return { ...sample, labels, mask, findings, ...(value !== undefined && { value }) };
  });
  return { ...task, train, validation: train };
}
