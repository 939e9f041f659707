import { channelsFirst, channelsLast } from '../../tensor/channels.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { Classifier } from '../classifier.js';
import { inForm } from '../forms/index.js';

/** Converts between a model's own layout and the channels-first layout of all methods and metrics. */
export interface Border {
  /** The model as one of channels-first images. */
  readonly model: Classifier;
  /** Puts channels first in an array whose last axes are a sample's; returns any other as it is. */
  inner(tensor: Tensor): Tensor;
  /** The same back in the model's own layout. */
  outer(tensor: Tensor): Tensor;
}

export function borderOf(model: Classifier): Border {
  const own = inForm(model, 'channels-first');
  if (own === model) return { model, inner: (tensor) => tensor, outer: (tensor) => tensor };
  const ofSamples = ({ shape }: Tensor, { input }: Classifier) =>
    shape.slice(-3).join() === input.shape.join();
  return {
    model: own,
    inner(tensor) {
      if (ofSamples(tensor, model)) return channelsFirst(tensor);
      const flat = tensor.data.length === sizeOf(model.input.shape) && tensor.shape.length === 1;
      return flat
        ? { ...channelsFirst({ ...tensor, shape: model.input.shape }), shape: tensor.shape }
        : tensor;
    },
    outer: (tensor) => (ofSamples(tensor, own) ? channelsLast(tensor) : tensor),
  };
}
