import { inputError } from '../../base/errors.js';
import { resizeBilinear, resizeVolume } from '../../tensor/resize.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Classifier } from '../classifier.js';
import { checkNormalised } from '../normalisation.js';
import { borderOf } from './border.js';

/** Whether a model takes volumes: `[N, C, D, H, W]`, or the channels last. */
export const takesVolumes = ({ input }: Pick<Classifier, 'input'>): boolean =>
  input.layout === 'other' && input.space === 3 && input.shape.length === 4;

/**
 * Converts a volume `[D, H, W]` in [0, 1] to the model's input `[1, ...]`: resizes it along each axis
 * and normalises it. Throws where the model takes no volumes of one channel, or nothing tells how they are
 * normalised.
 */
export function volumeInput(model: Classifier, volume: Tensor): Tensor {
  const { input } = model;
  const { model: inner, outer } = borderOf(model);
  const [channels, ...places] = inner.input.shape;
  if (!takesVolumes(model) || channels !== 1)
    throw inputError(`the model takes inputs of shape [N,${input.shape}], which are no grey volumes`);
  checkNormalised(model);
  const sized = volume.shape.join() === places.join() ? volume : resizeVolume(volume, resizeBilinear, places);
  const [mean, std] = [input.normalisation.mean[0]!, input.normalisation.std[0]!];
  return outer({ data: sized.data.map((value) => (value - mean) / std), shape: [1, 1, ...places] });
}
