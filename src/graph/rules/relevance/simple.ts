import { elementwise, type Rule, type Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import { gradientsOf } from '../gradient/index.js';
import { prefersTaps, rectifiedMaxPool } from '../gradient/preferred/rectified-pool.js';
import { activeInputs, type GraphFacts } from './graph-facts.js';
import { stabilised } from './stabilise.js';
import type { ZeroRelevance } from './zero-relevance.js';

/**
 * All relevance goes to the first input that depends on the explained input, summed over broadcast axes: for
 * activations, biases and constant factors.
 */
export const pass: Rule = elementwise((node, [relevance], walk) => {
  const first = node.inputs.findIndex((v) => v !== '' && walk.needsGradient(v));
  return node.inputs.map((_, i) => (i === first ? relevance : undefined));
});

/** Relevance follows the gradient: to the position of a maximum, and along moved values. */
export const follow: Rule = gradientsOf;

/**
 * All relevance goes to the maximum. `rectifiedMaxPool` is used where zero values have no relevance and no
 * input is negative.
 */
export const followMaximum =
  ({ nonNegative }: GraphFacts, zeroRelevance: ZeroRelevance): Rule =>
  (node, relevance, walk) => {
    const rectified =
      prefersTaps(node, walk) &&
      nonNegative.has(node.inputs[0]!) &&
      zeroRelevance.atZero(node.outputs[0]!, walk);
    return (rectified ? rectifiedMaxPool : follow)(node, relevance, walk);
  };

/** R_i = x_i dy/dx_i R / y: shares proportional to the contributions to a sum or an average. */
export const share =
  (epsilon: number, zeroRelevance?: ZeroRelevance): Rule =>
  (node, [relevance], walk) => {
    const { div, mul } = walk;
    const y = node.outputs[0]!;
    const rectified = zeroRelevance?.rectified(y, walk);
    const z = rectified?.exact
      ? stabilised(walk, rectified.output, epsilon, 'positive')
      : stabilised(walk, y, epsilon);
    const each = walk.sameShape(div(relevance!, z), y);
    return gradientsOf(node, [each], walk).map((gradient, i) =>
      gradient === undefined ? undefined : mul(node.inputs[i]!, gradient),
    );
  };

/**
 * Equal shares for all factors of a product (Achtibat et al. 2024, arXiv:2402.05602, for A B of matrices).
 */
export const shareMatrices =
  (epsilon: number): Rule =>
  (node, [relevance], walk) => {
    const y = node.outputs[0]!;
    const part = walk.mul(relevance!, 1 / factorsOf(node, walk));
    return share(epsilon)(node, [walk.sameShape(part, y)], walk);
  };

/** The number of factors that depend on the explained input; a square has two. */
export const factorsOf = (node: Node, walk: Walk): number =>
  node.op === 'ReduceSumSquare' ? 2 : activeInputs(node, walk).length;

/** All relevance goes to the numerator; the denominator counts as a constant scale (Achtibat et al. 2024). */
export const toNumerator: Rule = elementwise((_, [relevance]) => [relevance, undefined]);
