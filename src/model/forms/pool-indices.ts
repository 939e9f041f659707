import type { Graph, Node } from '../../graph/graph.js';
import type { Shapes } from '../../graph/shapes.js';

/** Lets max-poolings tell where their maxima stood, so that their gradients need not look for them again. */
export function withPlaces(
  graph: Graph,
  shapes: Shapes,
  wanted: (pool: Node) => boolean = () => true,
): { readonly graph: Graph; readonly shapes: Shapes } {
  const known = new Map(shapes);
  const nodes = graph.nodes.map((node) => {
    if (node.op !== 'MaxPool' || node.outputs[1] || !wanted(node)) return node;
    const [pooled] = node.outputs as [string];
    const places = `sl.places.${pooled}`;
    known.set(places, { ...shapes.get(pooled)!, type: 'int64' });
    return { ...node, outputs: [pooled, places] };
  });
  return { graph: { ...graph, nodes }, shapes: known };
}
