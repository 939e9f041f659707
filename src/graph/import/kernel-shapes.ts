import { ints } from '../attributes.js';
import { is } from '../catalogue/index.js';
import type { Graph } from '../graph.js';

/**
 * Says the kernel's lengths on every convolution: what is made of one need not have weights whose lengths are
 * known.
 */
export function withKernelShapes(graph: Graph): Graph {
  const nodes = graph.nodes.map((node) => {
    const weight = graph.initializers.get(node.inputs[1] ?? '');
    const open = is(node, 'layer', 'convolution') && !node.attributes.kernel_shape;
    if (!open || !weight) return node;
    return { ...node, attributes: { ...node.attributes, kernel_shape: ints(weight.shape.slice(2)) } };
  });
  return { ...graph, nodes };
}
