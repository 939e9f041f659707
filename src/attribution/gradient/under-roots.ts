import { is } from '../../graph/catalogue/index.js';
import { numbers } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { dependents, readersOf } from '../../graph/order.js';

/**
 * The values that nothing reads but square roots, a constant perhaps added before: variances and squared
 * norms. What keeps these from being negative is no activation.
 */
export function underRoots(graph: Graph): ReadonlySet<string> {
  const found = new Set<string>();
  const readers = readersOf(graph);
  const depends = dependents(graph);
  const isRoot = ({ op, inputs: [, exponent = ''] }: Node) => {
    if (op === 'Sqrt') return true;
    const powers = graph.initializers.get(exponent);
    return op === 'Pow' && powers !== undefined && numbers(powers).every((power) => !Number.isInteger(power));
  };
  const hands = (node: Node) =>
    (is(node, 'moves') || ['Add', 'Cast', 'Expand', 'Identity', 'Mul'].includes(node.op)) &&
    node.inputs.filter((value) => depends.has(value)).length === 1 &&
    node.outputs.every((value) => found.has(value));
  const shown = new Set(graph.outputs.map(({ name }) => name));
  for (const { outputs } of graph.nodes.toReversed())
    for (const output of outputs) {
      const own = readers.get(output) ?? [];
      if (own.length > 0 && !shown.has(output) && own.every((reader) => isRoot(reader) || hands(reader)))
        found.add(output);
    }
  return found;
}
