import type { Graph } from '../graph.js';
import type { Shapes } from '../shapes.js';

/** Lets every max-pooling tell where its maxima stood, so that its gradient need not look for them again. */
export function withPlaces(graph: Graph, shapes: Shapes): { readonly graph: Graph; readonly shapes: Shapes } {
  const known = new Map(shapes);
  const nodes = graph.nodes.map((node) => {
    if (node.op !== 'MaxPool' || node.outputs[1]) return node;
    const [pooled] = node.outputs as [string];
    const places = `sl.places.${pooled}`;
    known.set(places, { ...shapes.get(pooled)!, type: 'int64' });
    return { ...node, outputs: [pooled, places] };
  });
  return { graph: { ...graph, nodes }, shapes: known };
}
