import { choice, flag } from '../../base/options.js';
import { withoutHoles } from '../../tensor/components.js';
import { countAbove } from '../../tensor/rank.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Seen } from '../metric/metric.js';
import { maskOf } from '../metric/shared.js';

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
export function regionAbove({ data, shape }: Tensor, threshold: number, fill = false): Tensor<Uint8Array> {
  const region = { data: new Uint8Array(data.length), shape };
  for (let p = 0; p < data.length; p++) region.data[p] = data[p]! > threshold ? 1 : 0;
  return fill ? withoutHoles(region) : region;
}

/** Counts for the pixels of a map above a threshold. */
export function countsAbove(seen: Seen, threshold: number, fill: boolean): Counts {
  if (fill) return countBoth(regionAbove(seen.map, threshold, fill), maskOf(seen));
  const { inner, all } = countAbove(seen.reading.groups(), threshold);
  return { predicted: all, mask: seen.reading.area(), both: inner };
}

/** Counts for a predicted region. */
export function countBoth({ data }: Tensor<Uint8Array>, mask: Tensor<Uint8Array>): Counts {
  const counts = { predicted: 0, mask: 0, both: 0 };
  for (let p = 0; p < data.length; p++) {
    counts.predicted += data[p]!;
    counts.mask += mask.data[p]!;
    counts.both += data[p]! & mask.data[p]!;
  }
  return counts;
}
