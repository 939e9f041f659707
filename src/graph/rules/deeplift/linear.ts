import { noRule, refused } from '../../refusal.js';
import { gradientsOf } from '../gradient/index.js';
import { type MultiplierRule, midpoint, standingIn } from './pairing.js';

/** Sums, means and data movement: the multiplier is the gradient. */
export const linear: MultiplierRule = gradientsOf;

/**
 * a b - a0 b0 = (a - a0) (b + b0) / 2 + (b - b0) (a + a0) / 2: the Shapley value of each factor that depends
 * on the input. With one such factor this is the gradient. Throws for more than two, where the midpoint is
 * not exact.
 */
export const bilinear: MultiplierRule = (node, multipliers, walk, pairing) => {
  const active = node.inputs.filter((v) => v !== '' && walk.needsGradient(v));
  if (node.op === 'Einsum' && active.length > 2) {
    throw noRule('deeplift', node, refused('more than two of its factors depend on the input'));
  }
  if (active.length < 2) return linear(node, multipliers, walk, pairing);
  const standIns = new Map<string, string>();
  const inputs = node.inputs.map((value) => {
    const middle = midpoint(value, walk, pairing);
    standIns.set(middle, value);
    return middle;
  });
  return gradientsOf({ ...node, inputs }, multipliers, standingIn(walk, standIns));
};
