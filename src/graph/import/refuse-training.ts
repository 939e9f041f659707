import { unsupported } from '../../base/errors.js';
import { intOf } from '../attributes.js';
import type { Graph } from '../graph.js';
import { sampleFree } from './fold.js';

/**
 * Throws where samples are normalised by the batch that they happen to be in: no sample has an output of its
 * own then. Weights that are standardised by their own statistics, as exporters write it, are no samples.
 */
export function refuseTraining(graph: Graph): void {
  const free = new Set(sampleFree(graph));
  const node = graph.nodes.find(
    (n) => n.op === 'BatchNormalization' && intOf(n, 'training_mode', 0) === 1 && !free.has(n.outputs[0]!),
  );
  if (!node) return;
  throw unsupported(
    `node '${node.name}' (BatchNormalization) has training_mode = 1 and takes its statistics from the batch; export the model for inference`,
  );
}
