import type { Node } from '../../graph/graph.js';
import type { Array64 } from './arrays.js';

/** An operator as its specification says it, in plain loops; left-out inputs are `undefined`. */
export type Kernel = (inputs: readonly (Array64 | undefined)[], node: Node) => readonly Array64[];

/** A kernel of inputs that are all there, with one output. */
export const plain =
  (f: (inputs: readonly Array64[], node: Node) => Array64): Kernel =>
  (inputs, node) => [f(inputs as readonly Array64[], node)];
