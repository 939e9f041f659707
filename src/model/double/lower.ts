import { type ByOperator, entryOf } from '../../graph/catalogue/index.js';
import type { Graph } from '../../graph/graph.js';
import { rewriteNodes } from '../../graph/rewrite.js';
import type { Shapes } from '../../graph/shapes.js';
import { steps } from '../../graph/steps.js';
import { Conv, ConvTranspose } from './convolution.js';
import { kernels } from './kernels.js';
import * as layers from './layers.js';
import type { Lowering } from './lowering.js';
import * as pointwise from './pointwise.js';

/** The operators that have no kernel for double, and what they are written as. */
export const lowerings: Partial<ByOperator<Lowering>> = { ...pointwise, ...layers, Conv, ConvTranspose };

/**
 * The graph with operators alone that have a kernel for double; `undefined` where one has none and is not
 * known to be made of such.
 */
export function lowered(graph: Graph, shapes: Shapes): Graph | undefined {
  let all = true;
  const rewritten = rewriteNodes(graph, (node, edit) => {
    if (node.domain === '' && kernels.has(node.op)) return node;
    const made = steps(node, edit, 'float64');
    if (entryOf(lowerings, node)?.(node, made, shapes)) return made.nodes;
    all = false;
    return node;
  });
  return all ? rewritten : undefined;
}
