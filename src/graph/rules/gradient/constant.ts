import { unsupported } from '../../../base/errors.js';
import type { Walk } from '../../backward.js';
import type { Constant, Node } from '../../graph.js';

/** An input that a rule has to know. Throws where it is computed. */
export function constantInput(node: Node, index: number, walk: Pick<Walk, 'known'>): Constant {
  const found = walk.known(node.inputs[index] ?? '');
  if (found) return found;
  throw refusal(node, `input ${index} is computed; only a constant is supported`);
}

/** The error for a form of an operator that has no rule. */
export const refusal = (node: Node, why: string) =>
  unsupported(`no gradient for this form of operator '${node.op}' (node '${node.name}'): ${why}`);
