import { gradientsOf } from '../gradient/index.js';
import { roundedRange } from '../gradient/quantise.js';
import { both, type MultiplierRule } from './pairing.js';

/**
 * Rescale with straight-through rounding: x is clipped to the range that does not saturate. Where the scale
 * is that of the values, each run has its own range, and the change is that of the values alone.
 */
export const quantised: MultiplierRule = (node, [m], walk, pairing) => {
  const { min, max, sub, mul, div, equal, where } = walk;
  const [x, x0] = both(node.inputs[0]!, walk, pairing);
  const reference = { ...node, inputs: node.inputs.map((v) => (v === '' ? v : both(v, walk, pairing)[1])) };
  const [own, other] = [node, reference].map((one) => roundedRange(one, walk)) as [Range, Range];
  const kept = (value: string, { low, high }: Range) => min(max(value, low), high);
  const dx = sub(x, x0);
  const quotient = div(mul(div(m!, own.scale), sub(kept(x, own), kept(x0, other))), dx);
  const [slope] = gradientsOf(node, [m], walk);
  return [where(equal(dx, 0), slope!, quotient)];
};

type Range = ReturnType<typeof roundedRange>;

/** The change of the values alone, as in `quantised`: a scale that depends on the input is held. */
export const dequantised: MultiplierRule = (node, multipliers, walk) =>
  gradientsOf(node, multipliers, walk).slice(0, 1);
