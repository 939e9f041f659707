import type { Node } from '../../graph.js';
import type { Steps } from '../../steps.js';

/** The nodes that do the same; undefined for a form that is not taken apart. */
export type Unfuse = (node: Node, steps: Steps) => readonly Node[] | undefined;
