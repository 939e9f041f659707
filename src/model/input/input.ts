import { inputError } from '../../base/errors.js';
import { resizeBilinear } from '../../tensor/resize.js';
import { shrunk } from '../../tensor/shrink.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import { type Classifier, type ImageShape, imageShape, type Normalisation } from '../classifier.js';
import { checkNormalised } from '../normalisation.js';
import { borderOf } from './border.js';

/**
 * Converts an image `[C, H, W]` in [0, 1] to the model's input `[1, ...]`: resizes it bilinearly (where it
 * shrinks, by the mean of what a pixel covers), normalises it and adapts channels and layout. Repeats grey
 * to three channels; converts colour to grey by luminance (ITU-R BT.601). Throws where the model takes no
 * images, where nothing tells how they are normalised, or where the channels do not fit.
 */
export function modelInput(model: Classifier, image: Tensor): Tensor {
  const { input } = model;
  if (input.layout === 'other' || input.shape.length !== 3) {
    throw inputError(`the model takes inputs of shape [N,${input.shape}], which are no images`);
  }
  checkNormalised(model);
  const { model: inner, outer } = borderOf(model);
  return outer(normalisedImage(image, imageShape(inner), input.normalisation));
}

/** An image `[C, H, W]` in [0, 1] at another size, with other channels and normalised: `[1, C, H, W]`. */
export function normalisedImage(
  image: Tensor,
  { channels, height, width }: ImageShape,
  { mean, std }: Normalisation,
): Tensor {
  const sized = resizeBilinear(shrunk(image, height, width), height, width);
  const coloured = withChannels(sized, channels);
  const area = height * width;
  const data = coloured.data.map((value, i) => {
    const c = Math.floor(i / area);
    return (value - mean[c]!) / std[c]!;
  });
  return { data, shape: [1, channels, height, width] };
}

function withChannels(image: Tensor, wanted: number): Tensor {
  const [channels, height, width] = image.shape as [number, number, number];
  if (channels === wanted) return image;
  const area = height * width;
  const out = zeros([wanted, height, width]);
  if (channels === 1) {
    for (let c = 0; c < wanted; c++) out.data.set(image.data, c * area);
    return out;
  }
  if (wanted === 1 && channels >= 3) {
    const luminance = [0.299, 0.587, 0.114];
    for (let p = 0; p < area; p++) {
      for (const [c, weight] of luminance.entries()) out.data[p]! += weight * image.data[c * area + p]!;
    }
    return out;
  }
  throw inputError(
    `an image of ${channels} channels does not fit a model of ${wanted} channels; an array of these (.npy) can be given`,
  );
}
