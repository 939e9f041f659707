import type { Random } from '../../base/random.js';
import type { Sample } from '../../data/sample.js';
import { zeros } from '../../tensor/tensor.js';
import type { Shown } from './batches.js';
import type { Mixing, Plane } from './mixing/mixing.js';

/**
 * Mixes each of the first `own` images of a step with another of them, drawn at random, and its targets and
 * weights by the same shares: the loss of a mixed image is the mean of both labels' losses.
 */
export function mixed(
  { image, targets, weights }: Shown,
  samples: readonly Pick<Sample, 'id'>[],
  own: number,
  { mix }: Mixing,
  random: Random,
): Shown {
  const shape = image.shape.slice(1) as [number, number, number];
  const size = image.data.length / samples.length;
  const [classes, width] = [targets.shape[1]!, weights.shape[1]!];
  const made = {
    image: { ...image, data: image.data.slice() },
    targets: { ...targets, data: targets.data.slice() },
    weights: zeros(weights.shape),
  };
  const plane = (of: Float32Array, row: number): Plane => ({
    data: of.subarray(row * size, (row + 1) * size),
    shape,
  });
  for (const [row, { id }] of samples.slice(0, own).entries()) {
    const stream = random.fork(`mix ${id}`);
    const other = stream.below(own);
    const share = mix(plane(made.image.data, row), plane(image.data, other), stream);
    const weightOf = (of: number, k: number) => weights.data[of * width + k]!;
    for (let k = 0; k < width; k++)
      made.weights.data[row * width + k] = share * weightOf(row, k) + (1 - share) * weightOf(other, k);
    for (let k = 0; k < classes; k++) {
      const column = width === 1 ? 0 : k;
      const [mine, theirs] = [share * weightOf(row, column), (1 - share) * weightOf(other, column)];
      const target = mine * targets.data[row * classes + k]! + theirs * targets.data[other * classes + k]!;
      made.targets.data[row * classes + k] = target / (mine + theirs);
    }
  }
  return made;
}
