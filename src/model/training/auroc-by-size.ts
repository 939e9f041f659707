import type { Sample } from '../../data/sample.js';
import { quantile } from '../../tensor/quantile.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import { areaUnderRoc } from './quality.js';

/** How well images of a third of the annotated areas are told from the images of class 0. */
export interface SizeQuality {
  /** The largest annotated area of the third, as a share of the image. */
  readonly upTo: number;
  /** The images of class 1 in this third. */
  readonly images: number;
  /** Area under the ROC curve of these and all images of class 0. */
  readonly auroc: number;
}

const THIRDS = [1 / 3, 2 / 3, 1];

/**
 * The AUROC of class 1 in thirds of its images by the annotated area, from logits `[N, 2]`: what a
 * classifier misses because it is small. Empty where no image is of class 0, or where an image of class 1
 * has no annotation. Images of equal areas are in one third, so that there can be fewer.
 */
export function aurocBySize(
  logits: Tensor,
  samples: readonly Pick<Sample, 'labels' | 'mask'>[],
): readonly SizeQuality[] {
  const scores = samples.map((_, n) => logits.data[2 * n + 1]! - logits.data[2 * n]!);
  const shares = samples.map(({ labels, mask }) => (labels[0] === 1 ? shareOf(mask) : undefined));
  const areas = shares.filter((share) => share !== undefined);
  const without = scores.filter((_, n) => samples[n]!.labels[0] === 0);
  if (areas.length === 0 || areas.includes(0) || without.length === 0) return [];
  const bounds = [...new Set(THIRDS.map((third) => quantile(areas, third)))];
  return bounds.flatMap((upTo, i) => {
    const own = scores.filter((_, n) => shares[n]! <= upTo && shares[n]! > (bounds[i - 1] ?? 0));
    if (own.length === 0) return [];
    const all = [...own, ...without];
    return {
      upTo,
      images: own.length,
      auroc: areaUnderRoc(
        all,
        all.map((_, n) => n < own.length),
      ),
    };
  });
}

const shareOf = (mask: Sample['mask']) =>
  mask ? mask.data.reduce((sum, value) => sum + value, 0) / sizeOf(mask.shape) : 0;
