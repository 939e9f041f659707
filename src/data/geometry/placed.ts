import { connectedParts } from '../../tensor/components.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { Sample } from '../sample.js';
import { maskOfBoxes } from './mask.js';
import { nativeHeatmap, nativePart } from './native.js';

/**
 * A heatmap `[h, w]` of the model's input and the mask of the boxes, both in original pixels, and the spacing
 * of these. A sample without boxes keeps its heatmap and mask at the input's resolution.
 */
export function placed(
  map: Tensor,
  { boxes, mask, transform, spacing }: Pick<Sample, 'boxes' | 'mask' | 'transform' | 'spacing'>,
): {
  readonly map: Tensor;
  readonly mask?: Tensor<Uint8Array>;
  readonly spacing?: readonly [number, number];
} {
  if (boxes.length === 0) {
    const [down, across] = spacing ?? [];
    const scaled = down && across && ([down / transform.scaleY, across / transform.scaleX] as const);
    return { map, mask, ...(scaled && { spacing: scaled }) };
  }
  const [height, width] = map.shape as readonly [number, number];
  return {
    map: nativeHeatmap(map, transform, nativePart(transform, height, width)),
    mask: placedMask({ boxes, transform }, height, width),
    ...(spacing && { spacing }),
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

/**
 * How large a sample's annotation is where maps are scored: in pixels, as a share of the shown part, in how
 * many separate lesions, and how many times longer than wide the largest of them is (1 of none).
 */
export function annotatedArea({
  image,
  mask,
  ...sample
}: Pick<Sample, 'image' | 'boxes' | 'mask' | 'transform'>): {
  readonly pixels: number;
  readonly share: number;
  readonly lesions: number;
  readonly axes: number;
} {
  const [height, width] = image.shape.slice(1) as [number, number];
  const shown = sample.boxes.length === 0 ? mask : placedMask(sample, height, width);
  if (shown === undefined) return { pixels: 0, share: 0, lesions: 0, axes: 1 };
  const pixels = shown.data.reduce((sum, one) => sum + one, 0);
  const parts = connectedParts(shown);
  const largest = parts.reduce((a, b) => (b.length > a.length ? b : a), new Uint32Array(0));
  const axes = axesOf(largest, shown.shape[1]!);
  return { pixels, share: pixels / sizeOf(shown.shape), lesions: parts.length, axes };
}

/** The ratio of the longer to the shorter axis of a set of pixels, by the second moments of their areas. */
function axesOf(part: Uint32Array, width: number): number {
  if (part.length === 0) return 1;
  let [x, y, xx, yy, xy] = [0, 0, 0, 0, 0];
  for (const p of part) {
    const [u, v] = [p % width, Math.floor(p / width)];
    x += u / part.length;
    y += v / part.length;
    xx += (u * u) / part.length;
    yy += (v * v) / part.length;
    xy += (u * v) / part.length;
  }
  // A pixel is a square of side 1, whose own second moment is a twelfth.
  const [a, b, c] = [xx - x * x + 1 / 12, yy - y * y + 1 / 12, xy - x * y];
  const [middle, reach] = [(a + b) / 2, Math.hypot((a - b) / 2, c)];
  return Math.sqrt((middle + reach) / (middle - reach));
}
