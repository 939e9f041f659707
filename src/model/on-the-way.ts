import { isFloat } from '../graph/elements.js';
import type { Node } from '../graph/graph.js';
import { ancestors, innerReads } from '../graph/order.js';
import { chooses, reachOf } from '../graph/reach.js';
import type { Classifier } from './classifier.js';

/** What lies between a model's input, or another value, and its output. */
export interface Way {
  /** The nodes that a derivative passes. */
  readonly nodes: readonly Node[];
  /**
   * A node that chooses by what it computes from there, such as the place of a maximum, a comparison or a
   * whole number, where a number that follows from the choice is computed with. Its derivative is zero, so
   * that methods which follow the gradient leave this path out.
   */
  readonly choice?: Node;
}

/** The way from the model's input, or from another value, to its output. */
export function onTheWay({ graph, input, output, shapes }: Classifier, from = input.name): Way {
  const { reached, chosen } = reachOf(graph, [from], shapes);
  const behind = ancestors(graph, output);
  const nodes = graph.nodes.filter(({ outputs }) => outputs.some((v) => reached.has(v) && behind.has(v)));
  const isChosenNumber = (value: string) =>
    chosen.has(value) && isFloat(shapes.get(value)?.type ?? 'float32');
  const numbers = nodes.flatMap((node) =>
    [...node.inputs.filter((_, i) => !chooses(node, i)), ...innerReads(node)].filter(isChosenNumber),
  );
  const choice = chosen.get(numbers[0] ?? output);
  return { nodes, ...(choice && { choice }) };
}
