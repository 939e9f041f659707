import { choice } from '../../base/options.js';
import { pearson, spearman } from '../../tensor/correlation.js';
import { ssim } from '../../tensor/ssim.js';
import type { Tensor } from '../../tensor/tensor.js';

const measures = ['spearman', 'pearson', 'ssim', 'ssim-of-rows'] as const;
export type Similarity = (typeof measures)[number];

export const similarityOption = (usual: Similarity) =>
  choice(measures, {
    doc: "similarity of two maps: Spearman's or Pearson's correlation, structural similarity, or that of the pixels in one row (Quantus)",
    default: usual,
  });

/** The similarity of two maps of one shape `[H, W]`; NaN where it is undefined. */
export function similarityOf(a: Tensor, b: Tensor, measure: Similarity): number {
  switch (measure) {
    case 'spearman':
      return spearman(a.data, b.data);
    case 'pearson':
      return pearson(a.data, b.data);
    case 'ssim':
      return ssim(a.data, b.data, a.shape as readonly [number, number]);
    case 'ssim-of-rows':
      return ssim(a.data, b.data, [1, a.data.length]);
  }
}

/** A map divided by its greatest magnitude; a map of zeros as it is. */
export function byMagnitude({ data, shape }: Tensor): Tensor {
  const most = data.reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1;
  return { data: data.map((value) => value / most), shape };
}
