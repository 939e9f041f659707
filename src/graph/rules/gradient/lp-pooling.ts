import { intOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import * as f from '../formula.js';
import { overWindows } from './pooling.js';

/**
 * y = (sum |x|^p)^(1 / p) over each window: dx = sign(x) |x|^(p - 1) times the sum over the windows that cover x of
 * dy / y^(p - 1), 0 where y is 0.
 */
export const LpPool: Rule = (node, [dy], walk) => {
  const [x, y, p] = [node.inputs[0]!, node.outputs[0]!, intOf(node, 'p', 2)];
  return [f.mul(walk, signedPower(walk, x, p - 1), overWindows(node, overPower(walk, dy!, y, p - 1), walk))];
};

/** The same over all positions. */
export const GlobalLpPool: Rule = (node, [dy], walk) => {
  const [x, y, p] = [node.inputs[0]!, node.outputs[0]!, intOf(node, 'p', 2)];
  return [f.mul(walk, signedPower(walk, x, p - 1), overPower(walk, dy!, y, p - 1))];
};

/** sign(x) |x|^n */
const signedPower = (walk: Walk, x: string, n: number): string =>
  n === 1 ? x : n === 0 ? f.sign(walk, x) : f.mul(walk, f.sign(walk, x), f.pow(walk, f.abs(walk, x), n));

/** dy / y^n, 0 where y is 0 */
function overPower(walk: Walk, dy: string, y: string, n: number): string {
  if (n === 0) return dy;
  const zero = f.equal(walk, y, 0);
  const safe = f.where(walk, zero, 1, y);
  return f.where(walk, zero, 0, f.div(walk, dy, n === 1 ? safe : f.pow(walk, safe, n)));
}
