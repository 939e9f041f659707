import { int } from '../graph/attributes.js';
import type { Graph, Value } from '../graph/graph.js';
import { rewriteNodes } from '../graph/rewrite.js';

const joinedName = 'sl.boxes';

/** Whether a model's output is one that `withJoinedBoxes` made: `[N, boxes, 4 + classes]`. */
export const joinsBoxes = ({ output }: { readonly output: string }): boolean => output.startsWith(joinedName);

/** The outputs of a graph that are boxes `[N, boxes, 4]` and their scores `[N, boxes, classes]`. */
export function boxesIn({ outputs }: Graph): { readonly boxes?: Value; readonly scores?: Value } {
  const three = outputs.filter(({ type, shape }) => type === 'float32' && shape?.length === 3);
  const boxes =
    three.find(({ name, shape }) => shape![2] === 4 && /box|coord|loc/i.test(name)) ??
    three.find(({ shape }) => shape![2] === 4);
  const scores = three.find((value) => value !== boxes);
  return { ...(boxes && { boxes }), ...(scores && { scores }) };
}

/**
 * A graph whose boxes `[N, boxes, 4]` and scores `[N, boxes, classes]` are two outputs, with one output for
 * both; any other graph as it is.
 */
export function withJoinedBoxes(graph: Graph): Graph {
  const { boxes, scores } = boxesIn(graph);
  const last = graph.nodes.at(-1);
  if (!boxes || !scores || !last) return graph;
  let joined = '';
  const made = rewriteNodes(graph, (node, edit) => {
    if (node !== last) return node;
    joined = edit.fresh(joinedName);
    return [node, edit.node('Concat', [boxes.name, scores.name], joined, { axis: int(-1) })];
  });
  return {
    ...made,
    outputs: [{ name: joined, type: 'float32', shape: [boxes.shape![0]!, boxes.shape![1]!, '?'] }],
  };
}
