import { unsupported } from '../../base/errors.js';
import type { Classifier } from '../../model/classifier.js';
import type { Tensor } from '../../tensor/tensor.js';

/** A batch of images `[N, C, H, W]`; throws where the model takes none. */
export function imagesOf(model: Classifier, input: Tensor, method: string): Tensor {
  if (model.input.layout !== 'other' && input.shape.length === 4) return input;
  throw unsupported(`method '${method}' needs images; this model takes inputs of shape [${input.shape}]`);
}

/** What a method costs that never asks the model. */
export const nothing = { forward: 0, backward: 0 };
