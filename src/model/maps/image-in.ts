import { is } from '../../graph/catalogue/index.js';
import { ancestors } from '../../graph/order.js';
import type { Classifier } from '../classifier.js';

/**
 * The value from which the paths of an image start: the input, or the only part with places that is cut out
 * of an input of several, whose other parts are tables. What does not depend on the image is no branch of it.
 */
export function imageIn({ graph, input, output, shapes }: Classifier): string {
  if (input.shape.length > 1) return input.name;
  const onTheWay = ancestors(graph, output);
  const hasPlaces = (value: string) => (shapes.get(value)?.dims.length ?? 0) > 2;
  const cut = new Set([input.name]);
  const images: string[] = [];
  for (const node of graph.nodes) {
    const [made] = node.outputs;
    const moves = is(node, 'moves') && cut.has(node.inputs[0]!);
    if (made === undefined || !moves || !onTheWay.has(made)) continue;
    if (hasPlaces(made)) images.push(made);
    else for (const value of node.outputs) cut.add(value);
  }
  return images.length === 1 ? images[0]! : input.name;
}
