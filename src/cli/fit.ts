import { choice, type OptionValues } from '../base/options.js';
import { letterboxPlace, original } from '../data/geometry/frame.js';
import { type Tensor, zeros } from '../tensor/tensor.js';

/** A flag for images whose aspect ratio is not that of the model's input. */
export const fitFlags = {
  fit: choice(['auto', 'letterbox', 'stretch'], {
    doc: "how an image of another aspect ratio fills the model's input: with black padding, as data prepare does, or stretched; auto stretches it and says so",
    default: 'auto',
  }),
};

export type FitFlags = OptionValues<typeof fitFlags>;

/** An image `[C, H, W]` with the aspect ratio that the flag asks for, and its own size. */
export function fitted(
  image: Tensor,
  { height, width }: { readonly height: number; readonly width: number },
  { fit }: FitFlags,
  warn: (doubt: string) => void,
): Tensor {
  const [channels, h, w] = image.shape as [number, number, number];
  const place = letterboxPlace(original(w, h), width, height);
  if (place.width === width && place.height === height) return image;
  if (fit === 'letterbox') {
    const [tall, wide] = [
      Math.max(h, Math.round((w * height) / width)),
      Math.max(w, Math.round((h * width) / height)),
    ];
    return padded(image, channels, tall, wide);
  }
  if (fit === 'auto')
    warn(
      `its ${w}x${h} pixels are stretched to ${width}x${height}; --fit letterbox keeps their aspect ratio, as data prepare does`,
    );
  return image;
}

function padded({ data, shape }: Tensor, channels: number, height: number, width: number): Tensor {
  const [, h, w] = shape as [number, number, number];
  const [top, left] = [Math.floor((height - h) / 2), Math.floor((width - w) / 2)];
  const out = zeros([channels, height, width]);
  for (let row = 0; row < channels * h; row++) {
    const y = Math.floor(row / h) * height + top + (row % h);
    out.data.set(data.subarray(row * w, (row + 1) * w), y * width + left);
  }
  return out;
}
