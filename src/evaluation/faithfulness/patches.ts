import { choice, integer } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { descendingOrder } from '../../tensor/rank.js';
import type { Tensor } from '../../tensor/tensor.js';

export const patchOptions = {
  patch: integer({ doc: 'side of a square patch in pixels', default: 8, min: 1 }),
  regions: integer({ doc: 'maximum number of patches to remove', default: 100, min: 1 }),
  order: choice(['morf', 'lerf'], { doc: 'the most relevant first, or the least relevant', default: 'morf' }),
};

export interface PatchOrder {
  readonly patch: number;
  readonly regions: number;
  readonly order: 'morf' | 'lerf';
}

/**
 * The pixels of each patch of a grid, ordered by the map's sum over the patch; patches at the
 * right and bottom edges are cropped.
 */
export function patchSteps(
  { data, shape }: Tensor,
  seed: number,
  { patch, regions, order }: PatchOrder,
): readonly (readonly number[])[] {
  const patches = gridOf({ shape }, patch, patch);
  const sums = patches.map((pixels) => pixels.reduce((sum, p) => sum + data[p]!, 0));
  const signed = order === 'morf' ? sums : sums.map((sum) => -sum);
  return [...descendingOrder(signed, seededRandom(seed).fork('ties'))]
    .slice(0, regions)
    .map((i) => patches[i]!);
}

/** The pixels of each `high` x `wide` patch of a plane `[H, W]`, by rows; those at the edges are cropped. */
export function gridOf(
  { shape }: Pick<Tensor, 'shape'>,
  high: number,
  wide: number,
): readonly (readonly number[])[] {
  const [height, width] = shape as readonly [number, number];
  const columns = Math.ceil(width / wide);
  const patches: number[][] = Array.from({ length: columns * Math.ceil(height / high) }, () => []);
  for (let p = 0; p < height * width; p++) {
    const [y, x] = [Math.floor(p / width), p % width];
    patches[Math.floor(y / high) * columns + Math.floor(x / wide)]!.push(p);
  }
  return patches;
}
