import { intOf } from '../../attributes.js';
import { int64 } from '../../elements.js';
import type { Graph } from '../../graph.js';
import { rewriteNodes } from '../../rewrite.js';
import type { Lengths } from '../operators/upgrade.js';

/**
 * Replaces a Gather of all elements of a row in order (indices 0, 1, 2, ..), as exporters write strided
 * views, by a Reshape. `lengths` holds the shapes of all values.
 */
export function reshapeStridedViews(graph: Graph, lengths: Lengths): Graph {
  return rewriteNodes(graph, (node, edit) => {
    const [row = '', index = ''] = node.inputs;
    const indices = node.op === 'Gather' && intOf(node, 'axis', 0) === 0 ? edit.known(index) : undefined;
    const from = lengths.get(row);
    if (indices === undefined || from?.length !== 1 || indices.data.length !== from[0]) return node;
    for (let i = 0; i < indices.data.length; i++) if (Number(indices.data[i]) !== i) return node;
    return { ...node, op: 'Reshape', inputs: [row, edit.constant(int64(indices.shape))], attributes: {} };
  });
}
