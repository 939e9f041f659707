import { choice, flag } from '../../base/options.js';
import { withoutHoles } from '../../tensor/components.js';
import type { Tensor } from '../../tensor/tensor.js';

/**
 * Number of pixels in the prediction, in the mask, and in both; expected numbers where ties are drawn at
 * random.
 */
export interface Counts {
  readonly predicted: number;
  readonly mask: number;
  readonly both: number;
}

export const overlapOption = choice(['iou', 'dice'], {
  doc: 'intersection over union, or the Dice coefficient (twice the intersection over the sum of both)',
  default: 'iou',
});

export const fillOption = flag({
  doc: 'first fill the holes of the predicted region, as the area within its contours',
  default: false,
});

export function overlap({ predicted, mask, both }: Counts, measure: 'iou' | 'dice'): number {
  return measure === 'iou' ? both / (predicted + mask - both) : (2 * both) / (predicted + mask);
}

/** The region `[H, W]` of the pixels above a threshold. */
export function regionAbove(
  { data, shape }: { readonly data: ArrayLike<number>; readonly shape: readonly number[] },
  threshold: number,
  fill = false,
): Tensor<Uint8Array> {
  const region = { data: Uint8Array.from(data, (value) => (value > threshold ? 1 : 0)), shape };
  return fill ? withoutHoles(region) : region;
}

/** Counts for a predicted region. */
export function countBoth({ data }: Tensor<Uint8Array>, mask: Tensor<Uint8Array>): Counts {
  const counts = { predicted: 0, mask: 0, both: 0 };
  for (const [i, one] of mask.data.entries()) {
    counts.predicted += data[i]!;
    counts.mask += one;
    counts.both += data[i]! & one;
  }
  return counts;
}
