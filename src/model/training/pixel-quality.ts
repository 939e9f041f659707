import type { Sample } from '../../data/sample.js';
import { rows, sizeOf, type Tensor } from '../../tensor/tensor.js';
import { pixelClasses } from './patches.js';
import type { Quality } from './quality.js';

/** Counts of pixels over images, from which the quality of a segmentation follows. */
export interface PixelCounts {
  /** Sums of weighted cross-entropies, and of weights. */
  loss: number;
  weight: number;
  /** By class: pixels of it, and those of them that are predicted right. */
  readonly of: number[];
  readonly right: number[];
  /** Dice and intersection over union of each image and class but the first, where either mask is set. */
  readonly dice: number[];
  readonly iou: number[];
}

export const noPixels = (classes: number): PixelCounts => {
  const zero = () => Array<number>(classes).fill(0);
  return { loss: 0, weight: 0, of: zero(), right: zero(), dice: [], iou: [] };
};

/** Adds images with their logits `[N, K, H, W]` to the counts. */
export function countPixels(
  counts: PixelCounts,
  logits: Tensor,
  samples: readonly Sample[],
  byClass: readonly number[],
): void {
  const [, classes, ...space] = logits.shape as [number, number, ...number[]];
  const area = sizeOf(space);
  for (const [row, sample] of samples.entries()) {
    const { data } = rows(logits, row, row + 1);
    const truth = pixelClasses(sample);
    const [said, shown, both] = [0, 0, 0].map(() => new Float64Array(classes)) as Triple;
    for (let p = 0; p < area; p++) {
      const label = truth[p]!;
      let top = 0;
      for (let k = 1; k < classes; k++) if (data[k * area + p]! > data[top * area + p]!) top = k;
      let sum = 0;
      for (let k = 0; k < classes; k++) sum += Math.exp(data[k * area + p]! - data[top * area + p]!);
      const entropy = Math.log(sum) + data[top * area + p]! - data[label * area + p]!;
      counts.loss += byClass[label]! * entropy;
      counts.weight += byClass[label]!;
      said[top]!++;
      shown[label]!++;
      if (top === label) both[label]!++;
    }
    for (let k = 0; k < classes; k++) {
      counts.of[k]! += shown[k]!;
      counts.right[k]! += both[k]!;
      const either = said[k]! + shown[k]! - both[k]!;
      if (k === 0 || either === 0) continue;
      counts.dice.push((2 * both[k]!) / (said[k]! + shown[k]!));
      counts.iou.push(both[k]! / either);
    }
  }
}

type Triple = [Float64Array, Float64Array, Float64Array];

/** The quality of a segmentation: accuracy and recall of pixels, Dice and IoU as means over images. */
export function pixelQuality({ loss, weight, of, right, dice, iou }: PixelCounts): Quality {
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const mean = (values: readonly number[]) => sum(values) / values.length;
  const recalls = of.flatMap((count, k) => (count === 0 ? [] : [right[k]! / count]));
  return {
    loss: loss / weight,
    accuracy: sum(right) / sum(of),
    balancedAccuracy: mean(recalls),
    auroc: Number.NaN,
    dice: mean(dice),
    iou: mean(iou),
  };
}
