import { inputError } from '../base/errors.js';
import { type Tensor, zeros } from './tensor.js';

/**
 * The magnitude of the gradient of `[..., H, W]` by Sobel's kernels (weights 1 2 1 across, -1 0 1 along),
 * edges repeated.
 */
export function sobelMagnitude(image: Tensor): Tensor {
  const [height, width] = image.shape.slice(-2);
  if (height === undefined || width === undefined) {
    throw inputError(`Sobel's kernels need an image of shape [..., H, W]; this one has [${image.shape}]`);
  }
  const out = zeros(image.shape);
  for (let plane = 0; plane < image.data.length; plane += height * width) {
    for (let i = 0; i < height; i++) {
      const up = plane + Math.max(0, i - 1) * width;
      const here = plane + i * width;
      const down = plane + Math.min(height - 1, i + 1) * width;
      for (let j = 0; j < width; j++) {
        const [left, right] = [Math.max(0, j - 1), Math.min(width - 1, j + 1)];
        const column = (at: number) =>
          image.data[up + at]! + 2 * image.data[here + at]! + image.data[down + at]!;
        const row = (at: number) =>
          image.data[at + left]! + 2 * image.data[at + j]! + image.data[at + right]!;
        out.data[here + j] = Math.hypot(column(right) - column(left), row(down) - row(up));
      }
    }
  }
  return out;
}
