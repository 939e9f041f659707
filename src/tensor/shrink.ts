import { sizeOf, type Tensor, zeros } from './tensor.js';

/** The input positions from `first` on that an output position covers, and their weights, of sum 1. */
interface Cover {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * Shrinks the last two axes `[..., H, W]` to at most so many pixels: each output pixel is the mean of those
 * it covers, weighted by a tent, as torchvision and Pillow do for `bilinear`. A shorter axis stays as it is.
 */
export function shrunk(image: Tensor, height: number, width: number): Tensor {
  return along(along(image, -1, width), -2, height);
}

function along(image: Tensor, axis: -1 | -2, to: number): Tensor {
  const { data, shape } = image;
  const from = shape.at(axis)!;
  if (to >= from) return image;
  const inner = axis === -1 ? 1 : shape.at(-1)!;
  const covers = Array.from({ length: to }, (_, i) => coverOf(i, from, to));
  const out = zeros(shape.with(axis, to));
  const outer = sizeOf(shape.slice(0, axis));
  for (let o = 0, at = 0; o < outer; o++)
    for (const { first, weights } of covers)
      for (let i = 0; i < inner; i++, at++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++)
          sum += weights[k]! * data[(o * from + first + k) * inner + i]!;
        out.data[at] = sum;
      }
  return out;
}

function coverOf(index: number, from: number, to: number): Cover {
  const scale = from / to;
  const centre = (index + 0.5) * scale;
  const first = Math.max(0, Math.floor(centre - scale + 0.5));
  const end = Math.min(from, Math.floor(centre + scale + 0.5));
  const tent = Float64Array.from({ length: end - first }, (_, k) =>
    Math.max(0, 1 - Math.abs((first + k + 0.5 - centre) / scale)),
  );
  const sum = tent.reduce((a, b) => a + b);
  return { first, weights: tent.map((weight) => weight / sum) };
}
