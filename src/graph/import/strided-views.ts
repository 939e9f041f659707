import { intOf } from '../attributes.js';
import { int64 } from '../elements.js';
import type { Graph } from '../graph.js';
import { rewriteNodes } from '../rewrite.js';
import type { Lengths } from './upgrade.js';

/**
 * A view of all of a row's elements in their own order, as exporters write strided views (a Gather by 0, 1,
 * 2, ..), is a Reshape. `lengths` are those of every value.
 */
export function reshapeStridedViews(graph: Graph, lengths: Lengths): Graph {
  return rewriteNodes(graph, (node, edit) => {
    const [row = '', places = ''] = node.inputs;
    const indices = node.op === 'Gather' && intOf(node, 'axis', 0) === 0 ? edit.known(places) : undefined;
    const from = lengths.get(row);
    if (indices === undefined || from?.length !== 1 || indices.data.length !== from[0]) return node;
    for (let i = 0; i < indices.data.length; i++) if (Number(indices.data[i]) !== i) return node;
    return { ...node, op: 'Reshape', inputs: [row, edit.constant(int64(indices.shape))], attributes: {} };
  });
}
