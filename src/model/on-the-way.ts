import { is } from '../graph/catalogue/index.js';
import { isFloat } from '../graph/elements.js';
import type { Node } from '../graph/graph.js';
import { ancestors } from '../graph/order.js';
import { chooses, reachedFrom } from '../graph/reach.js';
import type { Shapes } from '../graph/shapes.js';
import type { Classifier } from './classifier.js';

/** The nodes on paths from the model's input to its output. */
export function onTheWay({ graph, input, output, shapes }: Classifier): Node[] {
  const reached = reachedFrom(graph, [input.name], shapes);
  const behind = ancestors(graph, output);
  return graph.nodes.filter(({ outputs }) => outputs.some((v) => reached.has(v) && behind.has(v)));
}

/**
 * A node that chooses by what it computes from the input, and what it chooses is computed with: the place of
 * a maximum, or a comparison as a number. Its derivative is zero, so that methods do not see this path.
 */
export function choiceOnTheWay({ graph, input, output, shapes }: Classifier): Node | undefined {
  const reached = reachedFrom(graph, [input.name], shapes);
  const behind = ancestors(graph, output);
  const isNumber = (value: string) => isFloat(shapes.get(value)?.type ?? 'bool');
  /** The node whose choice a value is, or is computed from. */
  const choices = new Map<string, Node>();
  for (const node of graph.nodes) {
    const used = node.inputs.find((value, i) => choices.has(value) && !chooses(node, i));
    const from = used === undefined ? undefined : choices.get(used)!;
    for (const [i, made] of node.outputs.entries()) {
      if (!behind.has(made)) continue;
      if (from && isNumber(made)) return from;
      if (from) choices.set(made, from);
      else if (isChoice(node, i, shapes) && node.inputs.some((v) => reached.has(v))) choices.set(made, node);
    }
  }
  return graph.nodes.find(
    ({ op, inputs, outputs: [made = ''] }) =>
      (op === 'ArgMax' || op === 'ArgMin') && behind.has(made) && inputs.some((v) => reached.has(v)),
  );
}

/** Whether an output holds places of elements, or what a comparison says. */
const isChoice = (node: Node, index: number, shapes: Shapes) =>
  index > 0
    ? is(node, 'besides', 'places')
    : !is(node, 'measures') && (is(node, 'makes', 'int64') || shapes.get(node.outputs[0]!)?.type === 'bool');
