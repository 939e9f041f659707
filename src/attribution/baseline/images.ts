import { unsupported } from '../../base/errors.js';
import type { Classifier } from '../../model/classifier.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';

/** A batch of inputs as images `[N, C, H, W]`, whatever the model's layout; throws where they are none. */
export function imagesOf(model: Classifier, { shape, data }: Tensor, method: string): Tensor {
  const { layout } = model.input;
  if (layout === 'other' || shape.length !== 4) {
    throw unsupported(`method '${method}' needs images; this model takes inputs of shape [${shape}]`);
  }
  if (layout === 'NCHW') return { data, shape };
  const [count, height, width, channels] = shape as readonly [number, number, number, number];
  const images = zeros([count, channels, height, width]);
  const area = height * width;
  for (let n = 0; n < count; n++) {
    for (let p = 0; p < area; p++) {
      for (let c = 0; c < channels; c++) {
        images.data[(n * channels + c) * area + p] = data[(n * area + p) * channels + c]!;
      }
    }
  }
  return images;
}

/** What a method costs that never asks the model. */
export const nothing = { forward: 0, backward: 0 };
