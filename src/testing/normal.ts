import { seededRandom } from '../base/random.js';
import type { Constant } from '../graph/graph.js';
import { sizeOf, type Tensor } from '../tensor/tensor.js';

/** Draws arrays of normal numbers, one after another, from one seed. */
export function normalFrom(seed: string, deviation = 1): (...shape: number[]) => Constant & Tensor {
  const random = seededRandom(seed);
  return (...shape) => ({
    type: 'float32',
    data: Float32Array.from({ length: sizeOf(shape) }, () => deviation * random.normal()),
    shape,
  });
}
