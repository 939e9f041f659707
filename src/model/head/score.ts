import { int } from '../../graph/attributes.js';
import type { Graph, Node, Value } from '../../graph/graph.js';
import { rewriteNodes } from '../../graph/rewrite.js';
import type { End } from './end.js';
import { isKept } from './lookup.js';

/** The graph with this value as its only output. */
export const withOutput = (graph: Graph, output: Value): Graph => ({ ...graph, outputs: [output] });

/**
 * The graph with the score as its output: under its own name, or in the output's shape where that changed
 * after the head.
 */
export function behind(graph: Graph, { score, after, pair }: End): { graph: Graph; output: string } {
  const shaping = after.filter((node) => !isKept(node));
  if (shaping.length === 0 && !pair)
    return { graph: withOutput(graph, { name: score, type: 'float32' }), output: score };
  let output = score;
  const added: Node[] = [];
  const add = (node: Node) => {
    added.push(node);
    [output] = node.outputs as [string];
  };
  const last = graph.nodes.at(-1);
  const extended = rewriteNodes(graph, (node, edit) => {
    if (node !== last) return node;
    if (pair) {
      const negative = edit.fresh(`negative of ${score}`);
      added.push(edit.node('Neg', [score], negative));
      add(edit.node('Concat', [negative, score], edit.fresh(`${score} as two classes`), { axis: int(-1) }));
    }
    for (const step of shaping.toReversed()) {
      add({
        ...step,
        name: edit.fresh(step.name),
        inputs: [output, ...step.inputs.slice(1)],
        outputs: [edit.fresh(`${score} after ${step.op}`)],
      });
    }
    return [node, ...added];
  });
  return { graph: withOutput(extended, { name: output, type: 'float32' }), output };
}
