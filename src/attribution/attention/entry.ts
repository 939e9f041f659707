import type { AttentionBlock } from '../../graph/attention.js';
import { is } from '../../graph/catalogue/index.js';
import type { Node } from '../../graph/graph.js';
import { dependents, producersOf } from '../../graph/order.js';
import type { Classifier } from '../../model/classifier.js';

const keepsAll = (node: Node) => is(node, 'moves', 'in-order', 'reordered');
/** Nodes that may lie between a block's queries and the layer that computes them. */
const between = (node: Node) => is(node, 'moves') || (is(node, 'pointwise', 2) && is(node, 'linear'));

/**
 * The tokens `[N, T, D]` from which a block computes its queries; `undefined` where they have another form.
 */
export function tokensInto({ graph, shapes }: Classifier, block: AttentionBlock): string | undefined {
  const producers = producersOf(graph);
  const depends = dependents(graph);
  let value = block.score.inputs[0]!;
  for (let layers = 0; ; ) {
    const { dims, batchAxis } = shapes.get(value)!;
    if (layers === 1 && dims.length === 3 && batchAxis === 0 && dims[1] === block.keys) return value;
    const node = producers.get(value);
    const active = node?.inputs.filter((v) => depends.has(v)) ?? [];
    if (!node || active.length !== 1) return undefined;
    if (is(node, 'layer', 'linear')) layers++;
    else if (!(layers === 0 ? between : keepsAll)(node)) return undefined;
    if (layers > 1) return undefined;
    value = active[0]!;
  }
}
