import type { Constant, Graph, Node } from '../../graph.js';

/** Far below any score but finite: no product with zero is NaN, and no sum of two overflows. */
export const farBelow = -1e30;

/** Replaces -Infinity in attention masks by `farBelow`, so that gradients stay finite. */
export function finiteMasks(graph: Graph): Graph {
  const infinite = new Set([...graph.initializers].filter(([, c]) => hidesValues(c)).map(([name]) => name));
  for (const node of graph.nodes) {
    if (!masks(node)) for (const input of node.inputs) infinite.delete(input);
  }
  if (infinite.size === 0) return graph;
  const initializers = new Map(graph.initializers);
  for (const name of infinite) initializers.set(name, finite(initializers.get(name)!));
  return { ...graph, initializers };
}

/** Operators that apply a mask to scores. */
const masks = ({ op, domain }: Node) => domain === '' && (op === 'Add' || op === 'Where');

const hidesValues = ({ type, data }: Constant): boolean =>
  (type === 'float32' || type === 'float64') && (data as Float32Array).includes(Number.NEGATIVE_INFINITY);

const finite = (constant: Constant): Constant => ({
  ...constant,
  data: (constant.data as Float32Array).map((v) => (v === Number.NEGATIVE_INFINITY ? farBelow : v)),
});
