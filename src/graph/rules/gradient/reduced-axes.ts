import { intOf } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import { numbers } from '../../elements.js';
import type { Node } from '../../graph.js';
import { axisOf, range } from '../../shapes.js';
import { constantInput } from './constant.js';

/** The axes that a reduction is over. */
export function reducedAxes(node: Node, walk: Pick<Walk, 'shape' | 'known'>): number[] {
  const rank = walk.shape(node.inputs[0]!).dims.length;
  const axes = node.inputs[1] ? numbers(constantInput(node, 1, walk)) : [];
  if (axes.length > 0) return axes.map((axis) => axisOf(axis, rank));
  return intOf(node, 'noop_with_empty_axes', 0) ? [] : range(rank);
}
