import { channelsFirst, channelsLast } from '../../tensor/channels.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { Classifier } from '../classifier.js';
import { inForm } from '../forms/index.js';

/** The border between a model's own layout and the one that all methods and metrics see: channels first. */
export interface Border {
  /** The model as one of channels-first images. */
  readonly model: Classifier;
  /** An array whose last axes are a sample's, channels first; any other as it is. */
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
