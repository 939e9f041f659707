import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { Sample } from '../sample.js';
import { maskOfBoxes } from './mask.js';
import { nativeHeatmap, nativePart } from './native.js';

/**
 * A heatmap `[h, w]` of the model's input and the mask of the boxes, both in original pixels. A sample
 * without boxes keeps its heatmap and mask at the input's resolution.
 */
export function placed(
  map: Tensor,
  { boxes, mask, transform }: Pick<Sample, 'boxes' | 'mask' | 'transform'>,
): { readonly map: Tensor; readonly mask?: Tensor<Uint8Array> } {
  if (boxes.length === 0) return { map, mask };
  const [height, width] = map.shape as readonly [number, number];
  return {
    map: nativeHeatmap(map, transform, nativePart(transform, height, width)),
    mask: placedMask({ boxes, transform }, height, width),
  };
}

/** The boxes' mask in the pixels of the original that an input of `height` and `width` shows. */
function placedMask(
  { boxes, transform }: Pick<Sample, 'boxes' | 'transform'>,
  height: number,
  width: number,
) {
  const part = nativePart(transform, height, width);
  const within = boxes.map((box) => ({ ...box, x: box.x - part.x, y: box.y - part.y }));
  return maskOfBoxes(within, part.height, part.width);
}

/** How large a sample's annotation is where maps are scored: in pixels, and as a share of the shown part. */
export function annotatedArea({
  image,
  mask,
  ...sample
}: Pick<Sample, 'image' | 'boxes' | 'mask' | 'transform'>): {
  readonly pixels: number;
  readonly share: number;
} {
  const [height, width] = image.shape.slice(1) as [number, number];
  const shown = sample.boxes.length === 0 ? mask : placedMask(sample, height, width);
  if (shown === undefined) return { pixels: 0, share: 0 };
  const pixels = shown.data.reduce((sum, one) => sum + one, 0);
  return { pixels, share: pixels / sizeOf(shown.shape) };
}
