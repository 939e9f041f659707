import { int, intOf } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import { reducedAxes } from '../gradient/constant.js';
import { gradientRules } from '../gradient/index.js';
import { both, type MultiplierRule, type Pairing } from './pairing.js';

/**
 * y = e^z with z = x - L and L = log sum e^x: m_x = k (m - sum m k / sum k). Rescale of the exponential gives
 * k = (y - y0) / (z - z0). Since sum k (z - z0) = sum (y - y0) = 0, the change of L is sum k (x - x0) / sum
 * k. All terms stay bounded for any two runs.
 */
export const softmax: MultiplierRule = (node, [m], walk, pairing) => {
  const { div, mul, sub } = walk;
  const { k, over } = logarithmicMean(node, walk, pairing, [intOf(node, 'axis', -1)]);
  const mean = div(over(mul(m!, k)), over(k));
  return [mul(k, sub(m!, mean))];
};

/** y = x - L: m_x = m - k / sum k sum m */
export const logSoftmax: MultiplierRule = (node, [m], walk, pairing) => {
  const { sub, mul, div } = walk;
  const { k, over } = logarithmicMean(node, walk, pairing, [intOf(node, 'axis', -1)]);
  return [sub(m!, mul(div(k, over(k)), over(m!)))];
};

/** y = L: m_x = m k / sum k */
export const logSumExp: MultiplierRule = (node, [m], walk, pairing) => {
  const { mul, div } = walk;
  const { k, over } = logarithmicMean(node, walk, pairing, reducedAxes(node, walk));
  const spread = gradientRules.ReduceSum(node, [m], walk)[0]!;
  return [mul(spread, div(k, over(k)))];
};

/** k = (e^z - e^z0) / (z - z0), the logarithmic mean of the probabilities in both runs. */
function logarithmicMean(node: Node, walk: Walk, pairing: Pairing, axes: readonly number[]) {
  const { reduce, sub, exp, mul, add, div, where, less, abs } = walk;
  const over = (value: string) => reduce('ReduceSum', value, axes, { keepdims: int(1) });
  const [z, z0] = both(node.inputs[0]!, walk, pairing).map((x) => {
    const total = reduce('ReduceLogSumExp', x, axes, { keepdims: int(1) });
    return sub(x, total);
  }) as [string, string];
  const dz = sub(z, z0);
  const middle = exp(mul(0.5, add(z, z0)));
  const quotient = div(sub(exp(z), exp(z0)), dz);
  return { over, k: where(less(abs(dz), 1e-2), middle, quotient) };
}
