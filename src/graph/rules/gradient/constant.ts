import { unsupported } from '../../../base/errors.js';
import { intOf } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import { numbers } from '../../elements.js';
import { type Constant, type Node, placeOf } from '../../graph.js';
import { axisOf, range } from '../../shapes.js';

/** The constant at an input. Throws where the input is computed. */
export function constantInput(node: Node, index: number, walk: Pick<Walk, 'known'>): Constant {
  const found = walk.known(node.inputs[index] ?? '');
  if (found) return found;
  throw refusal(node, `input ${index} is computed; only a constant is supported`);
}

/** The error for a form of an operator without a gradient rule. */
export const refusal = (node: Node, why: string) =>
  unsupported(`no gradient for this form of operator '${node.op}' (${placeOf(node)}): ${why}`);

/** The axes of a reduction. */
export function reducedAxes(node: Node, walk: Pick<Walk, 'shape' | 'known'>): number[] {
  const rank = walk.shape(node.inputs[0]!).dims.length;
  const axes = node.inputs[1] ? numbers(constantInput(node, 1, walk)) : [];
  if (axes.length > 0) return axes.map((axis) => axisOf(axis, rank));
  return intOf(node, 'noop_with_empty_axes', 0) ? [] : range(rank);
}
