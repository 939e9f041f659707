import { usageError } from '../../base/errors.js';
import { int } from '../../graph/attributes.js';
import { int64 } from '../../graph/elements.js';
import { extent } from '../../tensor/quantile.js';
import type { Tensor } from '../../tensor/tensor.js';
import { pick } from './classes.js';
import type { Head } from './graft.js';

/** How a detector's output `[N, boxes, 4 + classes]` is laid out. */
export interface BoxLayout {
  readonly boxes: number;
  readonly features: number;
  /** Whether the axes are `[N, 4 + classes, boxes]`. */
  readonly last: boolean;
  /** Whether a score of the box itself stands before those of the classes. */
  readonly objectness: boolean;
}

/** The layout as stated, else by the lengths: more boxes than numbers of one box, which are at least five. */
export function boxLayout(dims: readonly number[], how: readonly string[]): BoxLayout {
  const [, a, b] = dims;
  const last = how.includes('boxes-last') || (!how.includes('boxes-first') && a! < b! && a! > 4);
  const [boxes, features] = last ? [b!, a!] : [a!, b!];
  if (dims.length !== 3 || features! < 5)
    throw usageError(
      `the model's output has shape [${dims}] for one sample; a box target reads [N, boxes, 4 + classes] or [N, 4 + classes, boxes]`,
    );
  return { boxes, features, last, objectness: how.includes('objectness') };
}

type Corners = readonly [number, number, number, number];

/** A predicted box, and its intersection over union with a wanted one. */
export interface BestBox {
  readonly box: number;
  readonly overlap: number;
}

/**
 * For each sample the predicted box that best overlaps a wanted one `[x, y, width, height]` in pixels of the
 * input `[height, width]`. The boxes of a sample are read as corners where all are (left < right, top <
 * bottom), else as centres and lengths; as parts of the image where none lies beyond 2.
 */
export function bestBoxes(
  { data, shape }: Tensor,
  { boxes, features, last }: BoxLayout,
  wanted: readonly (readonly number[])[],
  image: readonly [number, number],
  how: readonly string[],
): BestBox[] {
  const value = (sample: number, box: number, k: number) =>
    data[
      (sample * (last ? features : boxes) + (last ? k : box)) * (last ? boxes : features) + (last ? box : k)
    ]!;
  const all = Array.from({ length: shape[0]! }, (_, sample) =>
    Array.from(
      { length: boxes },
      (_, box) => [0, 1, 2, 3].map((k) => value(sample, box, k)) as unknown as Corners,
    ),
  );
  return all.map((found, sample) => {
    const corners =
      how.includes('corners') || (!how.includes('centres') && found.every(([a, b, c, d]) => c > a && d > b));
    const parts = found.every((box) => box.every((v) => Math.abs(v) <= 2));
    const [sx, sy] = parts ? [image[1], image[0]] : [1, 1];
    const edges = ([a, b, c, d]: Corners): Corners =>
      corners
        ? [a * sx, b * sy, c * sx, d * sy]
        : [(a - c / 2) * sx, (b - d / 2) * sy, (a + c / 2) * sx, (b + d / 2) * sy];
    const [x, y, w, h] = wanted[sample]! as unknown as Corners;
    const overlaps = found.map((box) => overlap(edges(box), [x, y, x + w, y + h]));
    const most = extent(overlaps).high;
    return { box: overlaps.indexOf(most), overlap: most };
  });
}

/** Intersection over union of two boxes given by their edges. */
function overlap(a: Corners, b: Corners): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (!(width > 0 && height > 0)) return 0;
  const area = (box: Corners) => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / (area(a) + area(b) - width * height);
}

/** The class's score of each of these boxes, `[N, K]`; times the box's own score where the layout has one. */
export const boxHead =
  ({ last, objectness }: BoxLayout, index: number, chosen: readonly number[]): Head =>
  (builder, output) => {
    const [boxAxis, axis] = last ? [2, 1] : [1, 2];
    const part = (k: number) =>
      builder.emit('Gather', [pick(builder, output, axis, k), builder.constant(int64(chosen))], {
        axis: int(boxAxis),
      });
    const score = part(4 + (objectness ? 1 : 0) + index);
    return builder.reshape(objectness ? builder.mul(part(4), score) : score, [-1, chosen.length]);
  };
