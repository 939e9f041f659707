import type { Node } from '../../graph/graph.js';
import type { Shapes } from '../../graph/shapes.js';
import type { Steps } from '../../graph/steps.js';

/**
 * Writes an operator as ones that have a kernel for double, the last of which makes `node.outputs[0]`; false
 * where this form of it can't be written so.
 */
export type Lowering = (node: Node, steps: Steps, shapes: Shapes) => boolean;
