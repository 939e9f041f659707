import { seededRandom } from '../base/random.js';
import type { Graph } from '../graph/graph.js';
import { buildNetwork } from '../model/architectures/architecture.js';
import { architectureOf } from '../model/architectures/registry.js';

/** A vision transformer of images 3x8x8, untrained: one layer of three heads over four patches. */
export const tinyVit = (): Graph =>
  buildNetwork(
    architectureOf('vit-tiny'),
    [3, 8, 8],
    3,
    { patch: 4, width: 12, heads: 3, depth: 1 },
    seededRandom(1),
  );
