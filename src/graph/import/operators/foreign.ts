import type { Graph } from '../../graph.js';
import { rewriteNodes } from '../../rewrite.js';
import { type Steps, steps } from '../../steps.js';

/**
 * Rewrites operators that ONNX does not have and exporters leave in a file under their name elsewhere, where
 * ONNX Runtime would refuse it: Keras' GELU holds TensorFlow's `Erfc`.
 */
export function withoutForeign(graph: Graph): Graph {
  if (!graph.nodes.some(({ op, domain }) => domain === '' && Object.hasOwn(foreign, op))) return graph;
  return rewriteNodes(graph, (node, edit) => {
    const made = node.domain === '' && Object.hasOwn(foreign, node.op) ? foreign[node.op] : undefined;
    if (!made) return node;
    const s = steps(node, edit);
    made(node.inputs[0]!, node.outputs[0]!, s);
    return s.nodes;
  });
}

const foreign: Readonly<Record<string, (x: string, y: string, s: Steps) => void>> = {
  /** y = 1 - erf(x) */
  Erfc: (x, y, { emit, number }) => {
    emit('Sub', [number(1), emit('Erf', [x])], {}, y);
  },
};
