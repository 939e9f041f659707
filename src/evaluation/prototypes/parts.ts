import { resizeCubic } from '../../tensor/resize.js';
import type { Tensor } from '../../tensor/tensor.js';

/** A point of an image in pixels of the network's input; undefined where the part is not visible. */
export type PartPoint = { readonly x: number; readonly y: number } | undefined;

/**
 * Which parts a prototype hits in an image: those whose point lies in the square of so many pixels to each
 * side of the largest value of its similarity map `[h, w]`, enlarged by cubic convolution (Huang et al. 2023,
 * arXiv:2212.05946). A part that is not visible is not hit.
 */
export function partsHit(
  map: Tensor,
  points: readonly PartPoint[],
  half: number,
  height: number,
  width: number,
): boolean[] {
  const { data } = resizeCubic(map, height, width);
  let best = 0;
  for (const [i, value] of data.entries()) if (value > data[best]!) best = i;
  const [x, y] = [best % width, Math.floor(best / width)];
  return points.map((point) => !!point && Math.abs(point.x - x) <= half && Math.abs(point.y - y) <= half);
}

/** Of a prototype: for each of its images, by part, whether it was hit; undefined where it is not visible. */
export type Hits = readonly (readonly (boolean | undefined)[])[];

/**
 * For each part the share of a prototype's images on which it was hit, among those where it is visible; NaN
 * of a part that never is (Huang et al. 2023).
 */
export function shareOfParts(hits: Hits): number[] {
  return (hits[0] ?? []).map((_, part) => {
    const seen = hits.flatMap((image) => (image[part] === undefined ? [] : [Number(image[part])]));
    return seen.reduce((a, b) => a + b, 0) / seen.length;
  });
}

/**
 * Whether a prototype stands for one part: some part is hit on at least this share of the images of its class
 * (Huang et al. 2023). At least `visible` images have to show the part; the published code asks for 1.
 */
export function isConsistent(hits: Hits, least = 0.8, visible = 2): boolean {
  return shareOfParts(hits).some((share, part) => {
    const seen = hits.filter((image) => image[part] !== undefined).length;
    return seen >= visible && share >= least;
  });
}

/**
 * The share of images on which a prototype hits the same parts before and after a small change (Huang et al.
 * 2023). Images on which it hits none either time say nothing of it and are left out; the published code
 * counts them as stable (`withNone`). NaN where no image is left.
 */
export function stability(before: Hits, after: Hits, withNone = false): number {
  const hit = (image: Hits[number]) => image.some((one) => one === true);
  const counted = before.flatMap((image, i) =>
    withNone || hit(image) || hit(after[i]!)
      ? [Number(image.every((one, part) => one === after[i]![part]))]
      : [],
  );
  return counted.reduce((a, b) => a + b, 0) / counted.length;
}

/**
 * The parts in both boxes over those in either, a box being that of a prototype before and after a change
 * (QuanProto: the box variant of stability). NaN where neither holds a part.
 */
export function boxStability(before: readonly boolean[], after: readonly boolean[]): number {
  const both = before.filter((one, part) => one && after[part]).length;
  return both / before.filter((one, part) => one || after[part]).length;
}
