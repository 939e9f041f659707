import type { Tensor } from '../../tensor/tensor.js';
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
  const part = nativePart(transform, map.shape[0]!, map.shape[1]!);
  const within = boxes.map((box) => ({ ...box, x: box.x - part.x, y: box.y - part.y }));
  return { map: nativeHeatmap(map, transform, part), mask: maskOfBoxes(within, part.height, part.width) };
}
