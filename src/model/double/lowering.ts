import type { Node } from '../../graph/graph.js';
import type { Shapes } from '../../graph/shapes.js';
import type { Steps } from '../../graph/steps.js';

/**
 * Replaces a node by nodes with a float64 kernel, the last of which computes `node.outputs[0]`. Returns
 * false when it cannot replace this form of the operator.
 */
export type Lowering = (node: Node, steps: Steps, shapes: Shapes) => boolean;
