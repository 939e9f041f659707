import { isFloat } from '../graph/elements.js';
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

/**
 * A node that chooses by what it computes from the input, and what it chooses is computed with: the place of
 * a maximum, or a comparison as a number. Its derivative is zero, so that methods do not see this path.
 */
export function choiceOnTheWay({ graph, input, output, shapes }: Classifier): Node | undefined {
  const reached = reachedFrom(graph, [input.name], shapes);
  const behind = ancestors(graph, output);
  const counted = new Set(
    graph.nodes.flatMap(({ op, inputs, outputs }) =>
      op === 'Cast' && isFloat(shapes.get(outputs[0]!)?.type ?? 'bool') && behind.has(outputs[0]!)
        ? inputs
        : [],
    ),
  );
  return graph.nodes.find(({ op, inputs, outputs: [made = ''] }) => {
    if (!behind.has(made) || !inputs.some((v) => reached.has(v))) return false;
    return op === 'ArgMax' || op === 'ArgMin' || (shapes.get(made)?.type === 'bool' && counted.has(made));
  });
}
