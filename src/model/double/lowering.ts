import type { Node } from '../../graph/graph.js';
import type { Shapes } from '../../graph/shapes.js';
import type { Steps } from '../../graph/steps.js';

/**
 * Replaces an operator by ones with a float64 kernel, the last of which computes `node.outputs[0]`; false
 * where this form of it has no replacement.
 */
export type Lowering = (node: Node, steps: Steps, shapes: Shapes) => boolean;
