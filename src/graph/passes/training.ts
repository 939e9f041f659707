import { unsupported } from '../../base/errors.js';
import { intOf } from '../attributes.js';
import type { Graph } from '../graph.js';

/** Throws where samples are normalised by the batch that they happen to be in: no sample has an output of its own then. */
export function refuseTraining(graph: Graph): void {
  const node = graph.nodes.find((n) => n.op === 'BatchNormalization' && intOf(n, 'training_mode', 0) === 1);
  if (!node) return;
  throw unsupported(
    `node '${node.name}' (BatchNormalization) has training_mode = 1 and takes its statistics from the batch; export the model for inference`,
  );
}
