import { gradientsOf } from '../gradient/index.js';
import { quantisedRange } from '../gradient/quantise.js';
import { both, type MultiplierRule } from './pairing.js';

/** Rescale with straight-through rounding: x is clipped to the range that does not saturate. */
export const quantised: MultiplierRule = (node, [m], walk, pairing) => {
  const { min, max, sub, mul, div, equal, where } = walk;
  const { low, high, scale } = quantisedRange(node, walk);
  const [x, x0] = both(node.inputs[0]!, walk, pairing);
  const kept = (value: string) => min(max(value, low), high);
  const dx = sub(x, x0);
  const quotient = div(mul(div(m!, scale), sub(kept(x), kept(x0))), dx);
  const [slope] = gradientsOf(node, [m], walk);
  return [where(equal(dx, 0), slope!, quotient)];
};
