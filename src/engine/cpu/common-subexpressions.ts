import { is } from '../../graph/catalogue/index.js';
import type { Attribute, Graph, Node } from '../../graph/graph.js';
import { innerReads } from '../../graph/order.js';

/**
 * Common-subexpression elimination: of several nodes with the same operator, attributes and inputs, keeps
 * the first.
 */
export function eliminateCommonSubexpressions(graph: Graph): Graph {
  // A subgraph refers to values of the outer graph by name, so these names stay.
  const kept = new Set([...graph.outputs.map(({ name }) => name), ...graph.nodes.flatMap(innerReads)]);
  const aliases = new Map<string, string>();
  const known = new Map<string, Node>();
  const nodes = graph.nodes.flatMap((given) => {
    const node = { ...given, inputs: given.inputs.map((value) => aliases.get(value) ?? value) };
    const key = keyOf(node);
    const same = key === undefined ? undefined : known.get(key);
    if (!same || node.outputs.some((value) => kept.has(value))) {
      if (key !== undefined && !same) known.set(key, node);
      return [node];
    }
    for (const [i, value] of node.outputs.entries()) aliases.set(value, same.outputs[i]!);
    return [];
  });
  return { ...graph, nodes };
}

/**
 * A key that is equal for nodes that compute the same. `undefined` for operators that draw random numbers
 * and for nodes with tensor or graph attributes.
 */
function keyOf(node: Node): string | undefined {
  const { op, domain, inputs, outputs, attributes } = node;
  const given = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  if (is(node, 'draws') || given.some(([, { kind }]) => !plain.has(kind))) return undefined;
  return JSON.stringify([op, domain, inputs, outputs.map((value) => value !== ''), given]);
}

const plain = new Set<Attribute['kind']>(['int', 'ints', 'float', 'floats', 'string', 'strings']);
