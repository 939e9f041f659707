import { is } from '../../graph/catalogue/index.js';
import type { Graph, Node } from '../../graph/graph.js';
import { producersOf, readsOf } from '../../graph/order.js';

/** The values from which a layer with weights leads to a value. */
export function belowLayers(graph: Graph, value: string): ReadonlySet<string> {
  const producers = producersOf(graph);
  const [above, below] = [new Set<string>(), new Set<string>()];
  const walk: [value: string, isBelow: boolean][] = [[value, false]];
  for (let next = walk.pop(); next; next = walk.pop()) {
    const [at, isBelow] = next;
    const seen = isBelow ? below : above;
    if (seen.has(at)) continue;
    seen.add(at);
    const node = producers.get(at);
    for (const read of node ? readsOf(node) : []) walk.push([read, isBelow || isLayer(node!)]);
  }
  return below;
}

/** Whether a node is a layer with weights, of whole numbers and in forms of ONNX Runtime's own as well. */
const isLayer = (node: Node): boolean => is(node, 'layer') || /Conv|MatMul|Gemm/.test(node.op);
