import { usageError } from '../../base/errors.js';
import type { Random } from '../../base/random.js';
import type { Sample, Task } from '../../data/sample.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { augment } from './augment/augment.js';
import { augmentations } from './augment/parse.js';
import { type Batch, batchOf, type Shown } from './batches.js';
import { type Changing, changeOf } from './shown.js';
import type { ClassWeights } from './targets.js';

/** The probability that a patch is drawn around the annotation, where there is one. */
const AROUND = 0.5;

/** The shape of what a segmentation network is trained on: a patch, or the whole image where that is less. */
export const patchShape = (
  [channels, height, width]: Task['inputShape'],
  patch: number,
): readonly [number, number, number] =>
  patch === 0 ? [channels, height, width] : [channels, Math.min(patch, height), Math.min(patch, width)];

/** The class of every pixel of a sample, `[H, W]`: that of the image in its mask, elsewhere the first. */
export function pixelClasses({ image, mask, labels }: Pick<Sample, 'image' | 'mask' | 'labels'>): Uint8Array {
  const label = labels[0]!;
  return mask ? mask.data.map((one) => one * label) : new Uint8Array(sizeOf(image.shape.slice(1)));
}

/**
 * A random part of each image `[N, C, h, w]` with the classes of its pixels, one-hot, `[N, K, h, w]`. Half of
 * the parts have a random pixel of the annotation at their centre, as far as the image's edge lets them.
 * The weights `[N, 1, h, w]` of the first `own` samples sum to about 1, the others are zero.
 */
export async function shownPatches(
  { samples, own }: Batch,
  showing: Changing,
  shape: readonly [number, number, number],
  random: Random,
): Promise<Shown> {
  const { task, options, normalisation, weights: byClass } = showing;
  const [, height, width] = shape;
  const area = height * width;
  const classes = task.classes.length;
  const targets = zeros([samples.length, classes, height, width]);
  const weights = zeros([samples.length, 1, height, width]);
  const geometric = options.augment.filter(({ name }) => augmentations[name]!.kind === 'geometric');
  const changed = await Promise.all(
    samples.map((sample) => showing.images.change(changeOf(sample, showing, random))),
  );
  const images = samples.map((sample, row) => {
    const plane = maskPlane(sample);
    // The same stream as the image's: its random numbers are drawn by the names of the changes.
    const moved = augment(plane, geometric, random.fork(`augment ${sample.id}`));
    const at = placeOf(moved, [height, width], random.fork(`patch ${sample.id}`));
    const mask = cut(moved, at, [height, width]);
    for (let p = 0; p < area; p++) {
      const label = mask.data[p]! >= 0.5 ? sample.labels[0]! : 0;
      for (let k = 0; k < classes; k++)
        targets.data[(row * classes + k) * area + p] =
          options.smoothing / classes + (k === label ? 1 - options.smoothing : 0);
      weights.data[row * area + p] = row < own ? byClass[label]! / (own * area) : 0;
    }
    return cut(changed[row]!, at, [height, width]);
  });
  return { image: batchOf(images, normalisation), targets, weights };
}

/** A sample's mask as an image `[1, H, W]`. */
function maskPlane({ image, mask }: Sample): Tensor {
  const [, height, width] = image.shape as [number, number, number];
  return mask ? { data: Float32Array.from(mask.data), shape: [1, height, width] } : zeros([1, height, width]);
}

/** The upper left corner of a patch: `[y, x]`. */
function placeOf(
  { data, shape }: Tensor,
  [height, width]: readonly [number, number],
  random: Random,
): readonly [number, number] {
  const [, rows, columns] = shape as [number, number, number];
  const [bottom, right] = [rows - height, columns - width];
  const around = random.uniform() < AROUND;
  const [y, x] = [random.below(bottom + 1), random.below(right + 1)];
  const marked = around ? indicesOf(data) : [];
  if (marked.length === 0) return [y, x];
  const centre = marked[random.below(marked.length)]!;
  const inside = (at: number, most: number) => Math.min(most, Math.max(0, at));
  return [
    inside(Math.floor(centre / columns) - (height >> 1), bottom),
    inside((centre % columns) - (width >> 1), right),
  ];
}

function indicesOf(mask: Float32Array): number[] {
  const found: number[] = [];
  for (let i = 0; i < mask.length; i++) if (mask[i]! >= 0.5) found.push(i);
  return found;
}

/** The part of `[C, H, W]` from `[y, x]` on. */
function cut(
  image: Tensor,
  [y, x]: readonly [number, number],
  [height, width]: readonly [number, number],
): Tensor {
  const [channels, rows, columns] = image.shape as [number, number, number];
  if (rows === height && columns === width) return image;
  const part = zeros([channels, height, width]);
  for (let row = 0; row < channels * height; row++) {
    const from = (Math.floor(row / height) * rows + y + (row % height)) * columns + x;
    part.data.set(image.data.subarray(from, from + width), row * width);
  }
  return part;
}

/**
 * The weights of the classes in the loss of pixels: `balanced` is N / (K n_k) over the pixels of the training
 * images, and given weights are scaled to a mean of 1 over them.
 */
export function pixelWeights(choice: ClassWeights, { classes, train }: Task): number[] {
  if (choice === 'none') return classes.map(() => 1);
  if (choice !== 'balanced' && choice.length !== classes.length)
    throw usageError(
      `option 'classWeights' of training got ${choice.length} numbers; the classes are ${classes.length}: ${classes.join(', ')}`,
    );
  const counts = classes.map(() => 0);
  for (const sample of train) for (const label of pixelClasses(sample)) counts[label]!++;
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (choice !== 'balanced') {
    const total = counts.reduce((sum, count, k) => sum + count * choice[k]!, 0);
    return choice.map((weight) => (weight * all) / total);
  }
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 1 : all / (present * count)));
}

/**
 * Throws unless masks say the class of every pixel: each image shows one class, the first of which is that
 * nothing is there, and every other image has a mask.
 */
export function checkMasks({ name, classes, multiLabel, train, validation }: Task): void {
  if (multiLabel)
    throw usageError(
      `task ${name} has several labels for an image; a segmentation network takes one finding: task presence or tiles`,
    );
  for (const { id, labels, mask } of [...train, ...validation]) {
    const marked = mask?.data.includes(1) ?? false;
    if (marked !== labels[0]! > 0)
      throw usageError(
        marked
          ? `image ${id} of task ${name} shows '${classes[0]}' and has a mask; a segmentation network takes a first class that nothing marks: task presence or tiles`
          : `image ${id} of task ${name} shows '${classes[labels[0]!]}' without a mask; a segmentation network is trained on masks`,
      );
  }
}
