import type { Graph, Node } from '../../graph/graph.js';
import { producersOf, readersOf } from '../../graph/order.js';
import { RECTIFIED_POOL } from '../../graph/rules/gradient/preferred/rectified-pool.js';
import type { Shapes } from '../../graph/shapes.js';

export interface PoolForm {
  readonly graph: Graph;
  readonly shapes: Shapes;
}

/**
 * Moves rectifiers behind max pooling, which does not change the result. The rectifier's gradient is then
 * computed at the pooled size. A rectifier stays when its output has other readers or is a graph output.
 */
export function poolFirst(graph: Graph, shapes: Shapes): PoolForm {
  const producers = producersOf(graph);
  const readers = readersOf(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const swaps = new Map<Node, Node[]>();
  const known = new Map(shapes);
  for (const pool of graph.nodes) {
    const rectifier = producers.get(pool.inputs[0]!);
    if (pool.op !== 'MaxPool' || pool.outputs.length > 1 || rectifier?.op !== 'Relu') continue;
    const [between] = rectifier.outputs as [string];
    if (readers.get(between)!.length > 1 || outputs.has(between)) continue;
    const [pooled] = pool.outputs as [string];
    const raw = `${RECTIFIED_POOL}${pooled}`;
    swaps.set(rectifier, []);
    swaps.set(pool, [
      { ...pool, inputs: rectifier.inputs, outputs: [raw] },
      { ...rectifier, inputs: [raw], outputs: [pooled] },
    ]);
    known.set(raw, shapes.get(pooled)!);
    known.delete(between);
  }
  return {
    graph: { ...graph, nodes: graph.nodes.flatMap((node) => swaps.get(node) ?? [node]) },
    shapes: known,
  };
}

/** Adds the index output to max poolings, so that their gradients do not search for the maxima. */
export function withPlaces(
  graph: Graph,
  shapes: Shapes,
  wanted: (pool: Node) => boolean = () => true,
): PoolForm {
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
