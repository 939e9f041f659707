import { is } from '../../graph/catalogue/index.js';
import { numbers } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { dependents, readOnlyFor } from '../../graph/order.js';

/**
 * The values that nothing reads but square roots, a constant perhaps added before: variances and squared
 * norms. What keeps these from being negative is no activation.
 */
export function underRoots(graph: Graph): ReadonlySet<string> {
  const depends = dependents(graph);
  const isRoot = ({ op, inputs: [, exponent = ''] }: Node) => {
    if (op === 'Sqrt') return true;
    const powers = graph.initializers.get(exponent);
    return op === 'Pow' && powers !== undefined && numbers(powers).every((power) => !Number.isInteger(power));
  };
  const hands = (node: Node) =>
    (is(node, 'moves') || ['Add', 'Cast', 'Expand', 'Identity', 'Mul'].includes(node.op)) &&
    node.inputs.filter((value) => depends.has(value)).length === 1;
  return readOnlyFor(
    graph,
    (reader, _, found) =>
      isRoot(reader) || (hands(reader) && reader.outputs.every((output) => found.has(output))),
  );
}
