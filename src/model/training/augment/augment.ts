import type { Random } from '../../../base/random.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { compose, identity, warp } from './affine.js';
import { augmentations, type Chosen } from './parse.js';

/**
 * Augments an image `[C, H, W]` at random: composes all geometric transformations into one resampling, then
 * changes intensities, which may be drawn from numbers of their own.
 */
export function augment(
  image: Tensor,
  chosen: readonly Chosen[],
  random: Random,
  intensity: Random = random,
): Tensor {
  const [, height, width] = image.shape as [number, number, number];
  let map = identity;
  let intensities: (image: Tensor) => Tensor = (same) => same;
  for (const { name, strength } of chosen) {
    const one = augmentations[name]!;
    const own = (one.kind === 'geometric' ? random : intensity).fork(name);
    if (one.kind === 'geometric') {
      map = compose(map, one.matrix(own, strength, { width, height }));
    } else {
      const before = intensities;
      intensities = (given) => one.apply(before(given), own, strength);
    }
  }
  return intensities(map === identity ? image : warp(image, map));
}
