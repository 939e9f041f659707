import { unsupported } from '../../base/errors.js';
import type { Classifier } from '../../model/classifier.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Returns the batch of images `[N, C, H, W]`; throws when the input has another form. */
export function imagesOf(model: Classifier, input: Tensor, method: string): Tensor {
  if (model.input.layout !== 'other' && input.shape.length === 4) return input;
  throw unsupported(`method '${method}' needs images; this model takes inputs of shape [${input.shape}]`);
}

/** The cost of a method that does not evaluate the model. */
export const nothing = { forward: 0, backward: 0 };
