import { channelsFirst, channelsLast } from '../../tensor/channels.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { Classifier } from '../classifier.js';
import { inForm } from '../forms/index.js';

/** Converts between a model's own layout and the channels-first layout that all methods and metrics use. */
export interface Border {
  /** The model in its channels-first form. */
  readonly model: Classifier;
  /** Converts samples to channels first; returns an array of another shape unchanged. */
  inner(tensor: Tensor): Tensor;
  /** Converts samples back to the model's own layout. */
  outer(tensor: Tensor): Tensor;
}

export function borderOf(model: Classifier): Border {
  const own = inForm(model, 'channels-first');
  if (own === model) return { model, inner: (tensor) => tensor, outer: (tensor) => tensor };
  const positions = model.input.shape.length - 1;
  const ofSamples = ({ shape }: Tensor, { input }: Classifier) =>
    shape.slice(-positions - 1).join() === input.shape.join();
  return {
    model: own,
    inner(tensor) {
      if (ofSamples(tensor, model)) return channelsFirst(tensor, positions);
      const flat = tensor.data.length === sizeOf(model.input.shape) && tensor.shape.length === 1;
      return flat
        ? { ...channelsFirst({ ...tensor, shape: model.input.shape }, positions), shape: tensor.shape }
        : tensor;
    },
    outer: (tensor) => (ofSamples(tensor, own) ? channelsLast(tensor, positions) : tensor),
  };
}
