import { convolution, inputGradient, type Part, transposedConvolution } from '../convolution.js';
import { filterGradient } from '../filter.js';
import { blockedRelu } from './blocked-relu.js';
import { filterAsConvolution } from './filter-as-convolution.js';
import { maxPoolByPlaces } from './max-pool-places.js';
import type { Preferred } from './preferred.js';
import { picksTaps, rectifiedMaxPool } from './rectified-pool.js';

const filter: Part = (node, dy, walk) =>
  filterAsConvolution(node, dy, walk) ?? filterGradient(node, dy, walk);

/** Trained weights as well: the engine rearranges them fast. */
const input: Part = (node, dy, walk) => inputGradient(node, dy, walk, true);

/** ONNX Runtime's CPU kernels. */
export const cpu = {
  Conv: convolution(input, filter),
  ConvTranspose: transposedConvolution(filter),
  MaxPool: (node, gradients, walk) =>
    (picksTaps(node, walk) ? rectifiedMaxPool : maxPoolByPlaces)(node, gradients, walk),
  Relu: blockedRelu,
} as const satisfies Record<string, Preferred>;
