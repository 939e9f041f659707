import { int, intOf } from '../../attributes.js';
import type { Rule } from '../../backward.js';
import { share } from './simple.js';

/**
 * R_x = x (R - y sum R): first-order Taylor expansion at x (Achtibat et al. 2024, arXiv:2402.05602,
 * proposition 3.1).
 */
export const taylorSoftmax: Rule = (node, [relevance], { reduce, sub, mul }) => {
  const y = node.outputs[0]!;
  const total = reduce('ReduceSum', relevance!, [intOf(node, 'axis', -1)], { keepdims: int(1) });
  const slope = sub(relevance!, mul(y, total));
  return [mul(node.inputs[0]!, slope)];
};

/**
 * The same expansion of y = x - log sum e^x: R_x = x (R / y - e^y sum R / y). For a single explained output
 * this is x times its gradient, however small y is.
 */
export const taylorLogSoftmax = (epsilon: number): Rule => share(epsilon);
