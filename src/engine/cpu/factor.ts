import type { Graph } from '../../graph/graph.js';
import { producersOf, readersOf } from '../../graph/order.js';
import { rewriteNodes } from '../../graph/rewrite.js';

/** Factors out a common operand: a b + a c = a (b + c), which saves one multiplication. */
export function factor(graph: Graph): Graph {
  const producers = producersOf(graph);
  const readers = readersOf(graph);
  const kept = new Set(graph.outputs.map(({ name }) => name));
  const product = (value: string) => {
    const node = producers.get(value);
    const alone = readers.get(value)?.length === 1 && !kept.has(value);
    return alone && node?.op === 'Mul' && node.domain === '' ? node.inputs : undefined;
  };
  return rewriteNodes(graph, (node, edit) => {
    if (node.op !== 'Add' || node.domain !== '' || node.inputs[0] === node.inputs[1]) return node;
    const [first, second] = node.inputs.map(product);
    const common = first?.find((value) => second?.includes(value));
    if (!first || !second || common === undefined) return node;
    const others = [first, second].map((pair) => (pair[0] === common ? pair[1]! : pair[0]!));
    const sum = edit.fresh(`${node.outputs[0]}.sum`);
    return [edit.node('Add', others, sum), { ...node, op: 'Mul', inputs: [common, sum] }];
  });
}
