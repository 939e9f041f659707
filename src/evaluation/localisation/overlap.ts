import { choice } from '../../base/options.js';

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

export function overlap({ predicted, mask, both }: Counts, measure: 'iou' | 'dice'): number {
  return measure === 'iou' ? both / (predicted + mask - both) : (2 * both) / (predicted + mask);
}

/** Counts for the prediction of all pixels above `threshold`. */
export function countAbove(map: ArrayLike<number>, mask: Uint8Array, threshold: number): Counts {
  const counts = { predicted: 0, mask: 0, both: 0 };
  for (let i = 0; i < mask.length; i++) {
    const above = map[i]! > threshold ? 1 : 0;
    counts.predicted += above;
    counts.mask += mask[i]!;
    counts.both += above & mask[i]!;
  }
  return counts;
}
