import type { Task } from '../data/sample.js';
import type { Classifier } from '../model/classifier.js';
import { type LoadOptions, loadClassifier } from '../model/load.js';
import { inOrderOf } from '../model/questions/task-classes.js';

/** What a task says of its models. */
type Asking = Pick<Task, 'inputShape' | 'multiLabel' | 'regression' | 'classes'>;

/** What is known of a task's model but for the task. */
type Known = Pick<LoadOptions, 'engine' | 'precision' | 'target' | 'normalisation' | 'head'>;

/**
 * Loads a model of a task: what the user states of it goes before what the task says, which is the images'
 * shape, whether classes exclude each other, and whether a number is predicted.
 */
export const loadOfTask = (
  path: string,
  { inputShape: imageShape, multiLabel, regression }: Asking,
  known: Known,
): Promise<Classifier> =>
  loadClassifier(path, {
    ...{ imageShape, multiLabel },
    ...(regression && { head: 'regression' as const }),
    ...known,
  });

/** A model of a task with its outputs in the order of the task's classes. */
export const modelOfTask = async (path: string, task: Asking, known: Known): Promise<Classifier> =>
  inOrderOf(await loadOfTask(path, task, known), task);
