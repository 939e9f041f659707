import { seededRandom } from '../../base/random.js';
import { int64 } from '../../graph/elements.js';
import type { Constant, Graph } from '../../graph/graph.js';
import { interpret } from '../reference/interpret.js';
import { feed } from '../reference/prepare.js';

/**
 * The graph as an exporter writes it that traces one batch: the lengths of reshapes and repeats as numbers.
 */
export function frozen(graph: Graph, batch: number): Graph {
  const input = graph.inputs[0]!;
  const shape = [batch, ...(input.shape!.slice(1) as number[])];
  const traced = { ...graph, inputs: [{ ...input, shape }] };
  const values = interpret(traced, feed(traced, [], seededRandom('frozen')).feeds);
  const initializers = new Map<string, Constant>(graph.initializers);
  const nodes = graph.nodes.map((node) => {
    if (node.op !== 'Reshape' && node.op !== 'Expand') return node;
    const target = `${node.name}.target`;
    initializers.set(target, int64(values.get(node.outputs[0]!)!.shape));
    return { ...node, inputs: [node.inputs[0]!, target] };
  });
  return { ...traced, nodes, initializers, outputs: graph.outputs.map(({ name, type }) => ({ name, type })) };
}
