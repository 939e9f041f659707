import type { Task } from '../../data/sample.js';
import type { Loss } from '../recipe.js';
import { focalSigmoid, focalSoftmax } from './focal.js';
import { sigmoidCrossEntropy, softmaxCrossEntropy, squaredError } from './loss.js';

/** The loss of a classification, where `focus` above 0 makes it the focal loss, or that of a regression. */
export function lossOf(
  { multiLabel, regression }: Pick<Task, 'multiLabel' | 'regression'>,
  focus: number,
): Loss {
  if (regression) return squaredError(regression.spread);
  if (focus === 0) return multiLabel ? sigmoidCrossEntropy : softmaxCrossEntropy;
  return multiLabel ? focalSigmoid(focus) : focalSoftmax(focus);
}
