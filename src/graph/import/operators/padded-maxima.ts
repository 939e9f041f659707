import { stringOf } from '../../attributes.js';
import { int64 } from '../../elements.js';
import type { Graph, Node } from '../../graph.js';
import { readersOf } from '../../order.js';
import { changed, rewriteNodes } from '../../rewrite.js';

/**
 * Keeps zero padding before a MaxPool at zero. ONNX Runtime (1.30, PadFusion, at every optimisation level)
 * merges a Pad into the pooling's own padding, which is never the maximum. It does not merge a Pad that lists
 * its axes, so the axes are listed.
 */
export function keepZerosInMaxima(graph: Graph): Graph {
  const readers = readersOf(graph);
  const pooled = (node: Node) => (readers.get(node.outputs[0]!) ?? []).some(({ op }) => op === 'MaxPool');
  return rewriteNodes(graph, (node, edit) => {
    const [x, pads, value = '', axes] = node.inputs as [string, string, string?, string?];
    const known = edit.known(pads ?? '');
    const constant = stringOf(node, 'mode', 'constant') === 'constant';
    if (node.op !== 'Pad' || node.domain !== '' || !known || axes || !constant || !pooled(node)) return node;
    const every = int64(Array.from({ length: known.data.length / 2 }, (_, axis) => axis));
    return changed(node, { inputs: [x, pads, value, edit.constant(every)] });
  });
}
