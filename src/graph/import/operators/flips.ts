import { intOf } from '../../attributes.js';
import { int64, numbers } from '../../elements.js';
import type { Constant, Graph, Node } from '../../graph.js';
import { rewriteNodes } from '../../rewrite.js';
import { withoutUnused } from '../../tidy.js';
import { sampleFree } from '../known/fold.js';

const isReversed = ({ op, domain }: Node) => op === 'ReverseSequence' && domain === '';

/** The values that `openFlips` needs. */
export const needsFlips = (graph: Graph): string[] =>
  graph.nodes
    .filter(isReversed)
    .flatMap(({ inputs }) => inputs.slice(0, 2))
    .filter((value) => !graph.initializers.has(value) && graph.inputs.every(({ name }) => name !== value));

/**
 * Writes sequences that are reversed in their whole length, as TensorFlow exports `reverse` and `flip`, as
 * slices backwards. `found` are the values that `needsFlips` names, `sample` is the shape of one sample.
 */
export function openFlips(
  graph: Graph,
  found: ReadonlyMap<string, Constant> | undefined,
  sample: readonly number[],
): Graph {
  if (!graph.nodes.some(isReversed)) return graph;
  const free = new Set([...sampleFree(graph), ...graph.initializers.keys()]);
  const held = (value: string) => graph.initializers.get(value) ?? found?.get(value);
  const isWhole = ({ inputs: [value = '', lengths = ''] }: Node, axis: number) => {
    const shape = value === graph.inputs[0]?.name ? [1, ...sample] : held(value)?.shape;
    const all = free.has(lengths) ? held(lengths) : undefined;
    return shape !== undefined && all !== undefined && numbers(all).every((length) => length === shape[axis]);
  };
  return withoutUnused(
    rewriteNodes(graph, (node, edit) => {
      const axis = isReversed(node) ? intOf(node, 'time_axis', 0) : -1;
      if (axis < 0 || !isWhole(node, axis)) return node;
      const [start, end, at, step] = [-1, -(2 ** 31), axis, -1].map((number) =>
        edit.constant(int64([number])),
      );
      return edit.node('Slice', [node.inputs[0]!, start!, end!, at!, step!], node.outputs[0]!);
    }),
  );
}
