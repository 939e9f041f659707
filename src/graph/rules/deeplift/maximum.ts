import type { Rule, Walk } from '../../backward.js';
import { is } from '../../catalogue/index.js';
import type { Node } from '../../graph.js';
import { gradientsOf } from '../gradient/index.js';
import { prefersTaps, rectifiedMaxPool } from '../gradient/preferred/rectified-pool.js';
import { both, difference, type MultiplierRule, standingIn } from './pairing.js';

/**
 * Maximum of several values: the rise from y0 to max(y, y0) is attributed to the position of the maximum at
 * the input, the fall from there to y to its position at the reference (as in DeepExplainer, Lundberg & Lee
 * 2017, arXiv:1705.07874). The values there differ by at least as much, so no quotient exceeds the
 * multiplier.
 */
export const maximum: MultiplierRule = maximumBy(() => gradientsOf);

/** The same for non-negative values: where the maximum is zero, it neither rises nor falls. */
export const positiveMaximum: MultiplierRule = maximumBy((node, walk) =>
  prefersTaps(node, walk) ? rectifiedMaxPool : gradientsOf,
);

function maximumBy(ruleFor: (node: Node, walk: Walk) => Rule): MultiplierRule {
  return (node, [m], walk, pairing) => {
    const { emit, mul, sub, div, add, where, equal } = walk;
    const [y, y0] = both(node.outputs[0]!, walk, pairing);
    const cross = emit(is(node, 'selects', 'minimum') ? 'Min' : 'Max', [y, y0]);
    const rise = walk.sameShape(mul(m!, sub(cross, y0)), y);
    const fall = walk.sameShape(mul(m!, sub(y, cross)), y);
    const standIns = new Map<string, string>();
    const inputs = node.inputs.map((value) => {
      if (value === '') return value;
      const [x, one] = both(value, walk, pairing);
      // A reference may be one for all samples, whose places of maxima are then too few.
      const x0 = node.op === 'MaxPool' && one !== x ? walk.sameShape(walk.expandLike(one, x), x) : one;
      standIns.set(x0, x);
      return x0;
    });
    const atInput = ruleFor(node, walk)(node, [rise], walk);
    const reference: Node = { ...node, inputs, outputs: [y0] };
    const atReference = ruleFor(node, walk)(reference, [fall], standingIn(walk, standIns));
    return node.inputs.map((value, i) => {
      const [up, down] = [atInput[i], atReference[i]];
      if (up === undefined || down === undefined) return undefined;
      const dx = difference(value, walk, pairing);
      const quotient = div(add(up, down), dx);
      return where(equal(dx, 0), 0, quotient);
    });
  };
}
