import type { Task } from '../../data/sample.js';
import type { Loss } from '../recipe.js';
import { focalSigmoid, focalSoftmax } from './focal.js';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from './loss.js';

/** The loss of a classification; `focus` above 0 makes it the focal loss. */
export function classificationLoss({ multiLabel }: Pick<Task, 'multiLabel'>, focus: number): Loss {
  if (focus === 0) return multiLabel ? sigmoidCrossEntropy : softmaxCrossEntropy;
  return multiLabel ? focalSigmoid(focus) : focalSoftmax(focus);
}
