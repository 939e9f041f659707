import { int, intOf } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import * as f from '../formula.js';
import { gradientRules } from '../gradient/index.js';
import { reducedAxes } from '../gradient/reduced-axes.js';
import { both, type MultiplierRule, type Pairing } from './pairing.js';

/**
 * y = e^z with z = x - L, L = log sum e^x. The exponential by rescale, k = (y - y0) / (z - z0). As sum k (z - z0) =
 * sum (y - y0) = 0, the change of L is sum k (x - x0) / sum k: m_x = k (m - sum m k / sum k). Nothing grows, however far
 * apart the two runs are.
 */
export const softmax: MultiplierRule = (node, [m], walk, pairing) => {
  const { k, over } = logarithmicMean(node, walk, pairing, [intOf(node, 'axis', -1)]);
  const mean = f.div(walk, over(f.mul(walk, m!, k)), over(k));
  return [f.mul(walk, k, f.sub(walk, m!, mean))];
};

/** y = x - L: m_x = m - k / sum k sum m */
export const logSoftmax: MultiplierRule = (node, [m], walk, pairing) => {
  const { k, over } = logarithmicMean(node, walk, pairing, [intOf(node, 'axis', -1)]);
  return [f.sub(walk, m!, f.mul(walk, f.div(walk, k, over(k)), over(m!)))];
};

/** y = L: m_x = m k / sum k */
export const logSumExp: MultiplierRule = (node, [m], walk, pairing) => {
  const { k, over } = logarithmicMean(node, walk, pairing, reducedAxes(node, walk));
  const spread = gradientRules.ReduceSum!(node, [m], walk)[0]!;
  return [f.mul(walk, spread, f.div(walk, k, over(k)))];
};

/** k: the logarithmic mean of the probabilities in both runs. */
function logarithmicMean(node: Node, walk: Walk, pairing: Pairing, axes: readonly number[]) {
  const over = (value: string) => f.reduce(walk, 'ReduceSum', value, axes, { keepdims: int(1) });
  const [z, z0] = both(node.inputs[0]!, walk, pairing).map((x) => {
    const total = f.reduce(walk, 'ReduceLogSumExp', x, axes, { keepdims: int(1) });
    return f.sub(walk, x, total);
  }) as [string, string];
  const dz = f.sub(walk, z, z0);
  const middle = f.exp(walk, f.mul(walk, 0.5, f.add(walk, z, z0)));
  const quotient = f.div(walk, f.sub(walk, f.exp(walk, z), f.exp(walk, z0)), dz);
  return { over, k: f.where(walk, f.less(walk, f.abs(walk, dz), 1e-2), middle, quotient) };
}
