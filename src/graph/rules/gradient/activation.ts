import type { Rule } from '../../backward.js';
import { scalar } from '../../elements.js';

/** dx = dy where y > 0. */
export const Relu: Rule = (node, [dy], walk) => {
  const zero = walk.constant(scalar(0));
  return [walk.emit('Where', [walk.emit('Greater', [node.outputs[0]!, zero]), dy!, zero])];
};
