import { quantile } from '../../tensor/quantile.js';
import type { Tensor } from '../../tensor/tensor.js';

/** A weight or contribution up to it counts as none. */
const none = 1e-3;

/** How much a user has to look at, of presences `[N, P]` and weights `[K, P]`. */
export interface Compactness {
  /** The prototypes with a weight for some class. */
  readonly global: number;
  /** Those that add to some class, in the mean over images. */
  readonly local: number;
  /** The share of weights that are none. */
  readonly sparsity: number;
}

/** The sizes of the explanations of a network (Nauta et al. 2023, doi:10.1109/CVPR52729.2023.00269). */
export function compactness(presences: Tensor, weights: Tensor): Compactness {
  const locals = localSizes(presences, weights);
  const [classes, count] = weights.shape as [number, number];
  const used = (p: number) => classesOf(classes).some((k) => Math.abs(weights.data[k * count + p]!) > none);
  const kept = weights.data.filter((weight) => Math.abs(weight) > none).length;
  return {
    global: Array.from({ length: count }, (_, p) => p).filter(used).length,
    local: locals.reduce((a, b) => a + b, 0) / locals.length,
    sparsity: 1 - kept / weights.data.length,
  };
}

/** For each image the number of prototypes that add more than 0.001 to some class. */
export function localSizes(presences: Tensor, weights: Tensor): number[] {
  const [images, count] = presences.shape as [number, number];
  const [classes] = weights.shape as [number];
  const adds = (n: number, p: number) =>
    classesOf(classes).some((k) => presences.data[n * count + p]! * weights.data[k * count + p]! > none);
  return Array.from(
    { length: images },
    (_, n) => Array.from({ length: count }, (_, p) => p).filter((p) => adds(n, p)).length,
  );
}

const classesOf = (count: number) => Array.from({ length: count }, (_, k) => k);

/**
 * Below which score a network should say that it does not know: the quantile of the largest scores `[N, K]`
 * of images like its own, over all and for each predicted class; undefined of a class that is never
 * predicted.
 */
export function abstentionThresholds({ data, shape }: Tensor, at = 0.05) {
  const [images, classes] = shape as [number, number];
  const rows = Array.from({ length: images }, (_, n) => [...data.subarray(n * classes, (n + 1) * classes)]);
  const largest = rows.map((row) => Math.max(...row));
  const ofClass = classesOf(classes).map((k) => largest.filter((value, n) => rows[n]!.indexOf(value) === k));
  return {
    overall: quantile(largest, at),
    byClass: ofClass.map((own) => (own.length > 0 ? quantile(own, at) : undefined)),
  };
}

/** The mean squared distance of all pairs of vectors `[P, D, ...]`, each with itself included. */
export function pairDistance(vectors: Tensor): number {
  const count = vectors.shape[0]!;
  let sum = 0;
  for (let a = 0; a < count; a++) for (let b = 0; b < count; b++) sum += squaredGap(vectors, a, b);
  return sum / count ** 2;
}

/** For each prototype the first before it that stands for the same place of the same image. */
export const duplicates = (places: readonly string[]): (number | undefined)[] =>
  places.map((place, p) => (places.indexOf(place) < p ? places.indexOf(place) : undefined));

function squaredGap({ data, shape }: Tensor, a: number, b: number): number {
  const size = data.length / shape[0]!;
  let sum = 0;
  for (let d = 0; d < size; d++) sum += (data[a * size + d]! - data[b * size + d]!) ** 2;
  return sum;
}
