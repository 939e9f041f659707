import type { Sample } from '../../data/sample.js';
import { areaOfRanks, averageRanks } from '../../tensor/rank.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';

/** How well logits fit the labels. Quantities that are undefined for the samples are `NaN`. */
export interface Quality {
  /** Cross-entropy with the class weights of the training loss. */
  readonly loss: number;
  /** Fraction of correct samples; with several labels per sample, of correct sample-class pairs. */
  readonly accuracy: number;
  /**
   * Mean recall over the classes that occur; with several labels per sample, over positives and negatives of
   * each class.
   */
  readonly balancedAccuracy: number;
  /**
   * Area under the ROC curve: of class 1 with two classes, else averaged over the classes with positives and
   * negatives.
   */
  readonly auroc: number;
  /**
   * Of a segmentation, whose other quantities are of pixels: the mean over images, and over classes but the
   * first, of the Dice coefficient of predicted and annotated pixels. Images with neither do not count.
   */
  readonly dice?: number;
  /** Likewise, the intersection over union. */
  readonly iou?: number;
  /** Of a regression, whose other quantities but the loss are `NaN`: the mean absolute error. */
  readonly mae?: number;
  /** Likewise, the share of the variance that is predicted. */
  readonly r2?: number;
}

/** The share of right answers among logits `[N, K, ...]`: the greatest targets, or those above 0.5, hold. */
export function accuracyOf(logits: Tensor, targets: Tensor, multiLabel: boolean): number {
  const [count, classes, ...space] = logits.shape as [number, number, ...number[]];
  const area = sizeOf(space);
  const [said, holds] = [logits.data, targets.data];
  let right = 0;
  for (let n = 0; n < count; n++) {
    for (let p = 0; p < area; p++) {
      let [top, true_] = [0, 0];
      for (let k = 0; k < classes; k++) {
        const at = (n * classes + k) * area + p;
        const first = n * classes * area + p;
        if (multiLabel) right += Number(said[at]! > 0 === holds[at]! > 0.5) / classes;
        if (said[at]! > said[first + top * area]!) top = k;
        if (holds[at]! > holds[first + true_ * area]!) true_ = k;
      }
      if (!multiLabel && top === true_) right++;
    }
  }
  return right / (count * area);
}

export function qualityOf(
  logits: Tensor,
  samples: readonly Pick<Sample, 'labels'>[],
  multiLabel: boolean,
  byClass: readonly number[],
): Quality {
  const classes = logits.shape[1]!;
  const at = (row: number, k: number) => logits.data[row * classes + k]!;
  const row = (n: number) => Array.from({ length: classes }, (_, k) => at(n, k));
  const outputs = samples.map((_, n) => row(n));
  const holds = samples.map(({ labels }) => Array.from({ length: classes }, (_, k) => labels.includes(k)));
  const all = Array.from({ length: classes }, (_, k) => k);
  const ranked = !multiLabel && classes === 2 ? [1] : all;
  const scoresOf = (k: number) => outputs.map((own) => (multiLabel ? own[k]! : margin(own, k)));
  const holding = (k: number) => holds.map((own) => own[k]!);
  const auroc = meanOfDefined(ranked.map((k) => areaUnderRoc(scoresOf(k), holding(k))));
  if (multiLabel) {
    const pairs = samples.flatMap((_, n) => all.map((k) => ({ k, score: at(n, k), truth: holds[n]![k]! })));
    const right = ({ score, truth }: { score: number; truth: boolean }) => score > 0 === truth;
    const groups = all.flatMap((k) =>
      [true, false].map((truth) => pairs.filter((p) => p.k === k && p.truth === truth)),
    );
    const loss = mean(
      pairs.map(({ k, score, truth }) => softplus(truth ? -score : score) * (truth ? byClass[k]! : 1)),
    );
    return {
      loss,
      accuracy: share(pairs, right),
      balancedAccuracy: meanOfDefined(groups.map((group) => share(group, right))),
      auroc,
    };
  }
  const rows = samples.map(({ labels }, n) => ({ label: labels[0]!, score: logSoftmax(outputs[n]!) }));
  const right = ({ label, score }: { label: number; score: number[] }) => argmax(score) === label;
  const byLabel = all.map((k) => rows.filter(({ label }) => label === k));
  const weight = rows.reduce((sum, { label }) => sum + byClass[label]!, 0);
  return {
    loss: rows.reduce((sum, { label, score }) => sum - byClass[label]! * score[label]!, 0) / weight,
    accuracy: share(rows, right),
    balancedAccuracy: meanOfDefined(byLabel.map((group) => share(group, right))),
    auroc,
  };
}

/** Area under the ROC curve of scores; see `areaOfRanks`. */
export const areaUnderRoc = (scores: readonly number[], positive: readonly boolean[]): number =>
  areaOfRanks(averageRanks(scores), positive);

export function argmax(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}

/**
 * The logit of class `k`'s softmax probability, which orders samples as the probability does, also where
 * that rounds to 0 or 1.
 */
export function margin(row: readonly number[], k: number): number {
  const others = row.filter((_, i) => i !== k);
  const top = Math.max(...others);
  return row[k]! - top - Math.log(others.reduce((sum, other) => sum + Math.exp(other - top), 0));
}

function logSoftmax(values: readonly number[]): number[] {
  const top = Math.max(...values);
  const rest = Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
  return values.map((value) => value - top - rest);
}

const softplus = (z: number) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const meanOfDefined = (values: readonly number[]) => mean(values.filter((value) => !Number.isNaN(value)));
const share = <T>(items: readonly T[], holds: (item: T) => boolean) =>
  items.filter(holds).length / items.length;
