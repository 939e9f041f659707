import { connectedParts } from '../../tensor/components.js';
import { extent } from '../../tensor/quantile.js';
import { reduceChannels } from '../../tensor/reduce.js';
import type { Tensor } from '../../tensor/tensor.js';

/** The share of the image's range up to which a pixel counts as air. */
const AIR = 0.05;

/**
 * The pixels of an image `[C, H, W]` that show the body: all but the dark ones that are connected with an
 * edge of the image, at most a twentieth of its range above its least value.
 */
export function bodyOf({ data, shape }: Tensor): Tensor<Uint8Array> {
  const [height, width] = shape.slice(1) as [number, number];
  const grey = reduceChannels({ data, shape: [1, ...shape] }, 'mean').data;
  const { low, high } = extent(grey);
  const dark = {
    data: Uint8Array.from(grey, (v) => (v <= low + AIR * (high - low) ? 1 : 0)),
    shape: [height, width],
  };
  const body = new Uint8Array(height * width).fill(1);
  const atEdge = (p: number) =>
    p < width || p >= width * (height - 1) || p % width === 0 || p % width === width - 1;
  for (const part of connectedParts(dark, 'sides')) {
    if (part.some(atEdge)) for (let i = 0; i < part.length; i++) body[part[i]!] = 0;
  }
  return { data: body, shape: [height, width] };
}
