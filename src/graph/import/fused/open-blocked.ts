import { stringOf } from '../../attributes.js';
import type { Graph, Node } from '../../graph.js';
import { producersOf, readersOf } from '../../order.js';
import { rewriteNodes } from '../../rewrite.js';
import { steps } from '../../steps.js';
import { activation } from './unfuse.js';

/**
 * Moves the activation of a convolution in ONNX Runtime's blocked layout (com.microsoft.nchwc) behind the
 * node that takes the layout back, where only that one reads it.
 */
export function openBlocked(graph: Graph): Graph {
  if (!graph.nodes.some(({ domain }) => domain === blocked)) return graph;
  const [makers, readers] = [producersOf(graph), readersOf(graph)];
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const convolutionBefore = (node: Node): Node | undefined => {
    const value = node.inputs[0]!;
    const maker = node.domain === blocked && node.op === 'ReorderOutput' ? makers.get(value) : undefined;
    const alone = readers.get(value)?.length === 1 && !outputs.has(value);
    return alone && maker?.domain === blocked && isOpened(maker) ? maker : undefined;
  };
  const opened = new Set(graph.nodes.flatMap((node) => convolutionBefore(node) ?? []));
  return rewriteNodes(graph, (node, edit) => {
    if (opened.has(node)) {
      const { activation: _, activation_params: __, ...attributes } = node.attributes;
      return { ...node, attributes };
    }
    const convolution = convolutionBefore(node);
    if (!convolution) return node;
    const before = edit.fresh(`${node.outputs[0]}.before`);
    const after = activation({ ...convolution, outputs: node.outputs }, before, steps(node, edit))!;
    return [{ ...node, outputs: [before] }, ...after];
  });
}

const blocked = 'com.microsoft.nchwc';

const isOpened = (node: Node) =>
  node.op === 'Conv' && ['HardSigmoid', 'Relu', 'Sigmoid', 'Tanh'].includes(stringOf(node, 'activation', ''));
