import { int, intOf } from '../../attributes.js';
import { numbers } from '../../elements.js';
import type { Constant, Graph, Node } from '../../graph.js';
import { readsOf } from '../../order.js';
import { rewriteNodes } from '../../rewrite.js';
import { constantOf } from '../../tidy.js';

/** From this opset on the lengths of a split are an input. */
const SPLIT = 13;

/**
 * Writes splits into sequences of stated lengths, of which only elements at stated places are read, as plain
 * splits: so PyTorch's exporter leaves them where it does not optimise.
 */
export function openSequences(graph: Graph): Graph {
  if (!((graph.opsets[''] ?? 0) >= SPLIT)) return graph;
  const constants = new Map<string, Constant>(graph.initializers);
  for (const node of graph.nodes) {
    const held = constantOf(node);
    if (held) constants.set(node.outputs[0]!, held);
  }
  const lengths = (node: Node) => constants.get(node.inputs[1] ?? '')?.shape;
  const isPlace = (value: string, count: number) => {
    const [place] = constants.has(value) ? numbers(constants.get(value)!) : [];
    return place !== undefined && place >= -count && place < count;
  };
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const opens = (node: Node): boolean => {
    const [own = ''] = node.outputs;
    const [count, ...more] = lengths(node) ?? [];
    if (node.op !== 'SplitToSequence' || count === undefined || more.length > 0 || outputs.has(own))
      return false;
    return graph.nodes
      .filter((reader) => readsOf(reader).includes(own))
      .every(({ op, inputs }) => op === 'SequenceAt' && isPlace(inputs[1] ?? '', count));
  };
  const parts = new Map<string, readonly string[]>();
  return rewriteNodes(graph, (node, edit) => {
    const [made = '', read = ''] = [node.outputs[0], node.inputs[0]];
    if (opens(node)) {
      const names = Array.from({ length: lengths(node)![0]! }, () => edit.fresh(made));
      parts.set(made, names);
      const split = edit.node('Split', node.inputs, names[0]!, { axis: int(intOf(node, 'axis', 0)) });
      return { ...split, outputs: names };
    }
    const of = node.op === 'SequenceAt' ? parts.get(read) : undefined;
    if (!of) return node;
    const [place] = numbers(constants.get(node.inputs[1]!)!) as [number];
    return edit.node('Identity', [of.at(place)!], made);
  });
}
