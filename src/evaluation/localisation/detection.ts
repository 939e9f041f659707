import type { HeatBox } from './heat-boxes.js';

type Box = Omit<HeatBox, 'score'>;

/** One image: the boxes that a map predicts, and those of its annotation. */
export interface Detected {
  readonly found: readonly HeatBox[];
  readonly annotated: readonly Box[];
}

/** False positives per image at which the sensitivity is stated and averaged, as LUNA16 does. */
export const FALSE_POSITIVES = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8] as const;

export interface Detection {
  /** The area under the precision-recall curve of all boxes of all images, summed stepwise. */
  readonly averagePrecision: number;
  /** The share of annotated boxes found, against the mean number of false boxes per image. */
  readonly froc: { readonly x: readonly number[]; readonly y: readonly number[] };
  /** The mean sensitivity at 1/8, 1/4, 1/2, 1, 2, 4 and 8 false boxes per image. */
  readonly meanSensitivity: number;
}

/**
 * How well boxes find annotated ones over a set of images. A box is right where its intersection over union
 * with an annotated one that no better box has found is at least `overlap`. NaN where nothing is annotated.
 */
export function detectionOf(images: readonly Detected[], overlap: number): Detection {
  const verdicts = images.flatMap((image) => verdictsOf(image, overlap)).sort((a, b) => b.score - a.score);
  const total = images.reduce((sum, { annotated }) => sum + annotated.length, 0);
  const froc = { x: [0], y: [0] };
  let [hits, averagePrecision] = [0, 0];
  for (let from = 0; from < verdicts.length; ) {
    // Boxes of one score enter together.
    let to = from;
    let right = 0;
    for (; to < verdicts.length && verdicts[to]!.score === verdicts[from]!.score; to++)
      if (verdicts[to]!.right) right++;
    hits += right;
    averagePrecision += (right / total) * (hits / to);
    froc.x.push((to - hits) / images.length);
    froc.y.push(hits / total);
    from = to;
  }
  const sensitivityAt = (most: number) => froc.y[froc.x.findLastIndex((x) => x <= most)]!;
  const sum = FALSE_POSITIVES.reduce((all, most) => all + sensitivityAt(most), 0);
  return total === 0
    ? { averagePrecision: Number.NaN, froc, meanSensitivity: Number.NaN }
    : { averagePrecision, froc, meanSensitivity: sum / FALSE_POSITIVES.length };
}

function verdictsOf({ found, annotated }: Detected, overlap: number) {
  const left = new Set(annotated);
  return [...found]
    .sort((a, b) => b.score - a.score)
    .map((box) => {
      const best = [...left].reduce<Box | undefined>(
        (so, one) => (so === undefined || boxOverlap(box, one) > boxOverlap(box, so) ? one : so),
        undefined,
      );
      const right = best !== undefined && boxOverlap(box, best) >= overlap;
      if (right) left.delete(best);
      return { score: box.score, right };
    });
}

/** The intersection over union of two boxes. */
export function boxOverlap(a: Box, b: Box): number {
  const shared = (from: number, length: number, other: number, otherLength: number) =>
    Math.max(0, Math.min(from + length, other + otherLength) - Math.max(from, other));
  const both = shared(a.x, a.width, b.x, b.width) * shared(a.y, a.height, b.y, b.height);
  return both / (a.width * a.height + b.width * b.height - both);
}
