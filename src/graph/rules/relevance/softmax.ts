import { int, intOf } from '../../attributes.js';
import type { Rule } from '../../backward.js';
import { int64 } from '../../elements.js';

/** R_x = x (R - y sum R): Taylor's expansion at x (Achtibat et al. 2024, arXiv:2402.05602, proposition 3.1). */
export const taylorSoftmax: Rule = (node, [relevance], walk) => {
  const axis = walk.constant(int64([intOf(node, 'axis', -1)]));
  const total = walk.emit('ReduceSum', [relevance!, axis], { keepdims: int(1) });
  const spread = walk.emit('Mul', [node.outputs[0]!, total]);
  return [walk.emit('Mul', [node.inputs[0]!, walk.emit('Sub', [relevance!, spread])])];
};
