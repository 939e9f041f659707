import { scalar } from '../graph/elements.js';
import { withChangedInput } from './changed-input.js';
import type { Classifier } from './classifier.js';

/** The classifier that first subtracts `by` from its input: of `x + by` it makes what it made of `x`. */
export const withShiftedInput = (model: Classifier, by: number): Classifier =>
  withChangedInput(model, ({ emit, constant }, name, own) => {
    emit('Sub', [name, constant(scalar(by))], {}, own);
  });
