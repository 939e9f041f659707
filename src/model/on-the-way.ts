import type { Node } from '../graph/graph.js';
import { ancestors } from '../graph/order.js';
import { reachedFrom } from '../graph/reach.js';
import type { Classifier } from './classifier.js';

/** The nodes on paths from the model's input to its output. */
export function onTheWay({ graph, input, output, shapes }: Classifier): Node[] {
  const reached = reachedFrom(graph, [input.name], shapes);
  const behind = ancestors(graph, output);
  return graph.nodes.filter(({ outputs }) => outputs.some((v) => reached.has(v) && behind.has(v)));
}
