import { inputError } from '../base/errors.js';
import { resizeBilinear } from '../tensor/resize.js';
import { type Tensor, zeros } from '../tensor/tensor.js';
import type { Classifier } from './classifier.js';

/**
 * An image in [0, 1], `[C, H, W]`, as the model takes it: `[1, ...]` in its channels, size and layout, normalised by
 * what its file says. Grey is repeated to three channels, colour is turned grey by its luminance (ITU-R BT.601).
 */
export function modelInput({ input }: Classifier, image: Tensor): Tensor {
  if (input.layout === 'other' || input.shape.length !== 3) {
    throw inputError(`the model takes inputs of shape [N,${input.shape}], which are no images`);
  }
  const [channels, height, width] =
    input.layout === 'NCHW' ? input.shape : [input.shape[2]!, input.shape[0]!, input.shape[1]!];
  const sized = sameSize(image, height!, width!) ? image : resizeBilinear(image, height!, width!);
  const coloured = withChannels(sized, channels!);
  const { mean, std } = input.normalisation;
  const area = height! * width!;
  const out = zeros([1, ...input.shape]);
  for (let c = 0; c < channels!; c++) {
    for (let p = 0; p < area; p++) {
      const value = (coloured.data[c * area + p]! - mean[c]!) / std[c]!;
      out.data[input.layout === 'NCHW' ? c * area + p : p * channels! + c] = value;
    }
  }
  return out;
}

/** A decoded image `[H, W]` or `[H, W, C]` with its channels first. */
export function channelsFirst({ data, shape }: Tensor): Tensor {
  const [height, width, channels = 1] = shape as [number, number, number?];
  const out = zeros([channels, height, width]);
  const area = height * width;
  for (let i = 0; i < data.length; i++) out.data[(i % channels) * area + Math.floor(i / channels)] = data[i]!;
  return out;
}

const sameSize = ({ shape }: Tensor, height: number, width: number) =>
  shape[1] === height && shape[2] === width;

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
  throw inputError(`an image of ${channels} channels cannot be shown to a model of ${wanted}`);
}
