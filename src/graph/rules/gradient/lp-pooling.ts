import { intOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { overWindows } from './pooling.js';

/**
 * y = (sum |x|^p)^(1 / p) over each window: dx = sign(x) |x|^(p - 1) times the sum of dy / y^(p - 1) over the
 * windows that cover x, 0 where y is 0
 */
export const LpPool: Rule = (node, [dy], walk) => {
  const [x, y, p] = [node.inputs[0]!, node.outputs[0]!, intOf(node, 'p', 2)];
  return [walk.mul(signedPower(walk, x, p - 1), overWindows(node, overPower(walk, dy!, y, p - 1), walk))];
};

/** As LpPool, with one window over all positions. */
export const GlobalLpPool: Rule = (node, [dy], walk) => {
  const [x, y, p] = [node.inputs[0]!, node.outputs[0]!, intOf(node, 'p', 2)];
  return [walk.mul(signedPower(walk, x, p - 1), overPower(walk, dy!, y, p - 1))];
};

/** sign(x) |x|^n */
const signedPower = ({ sign, mul, pow, abs }: Walk, x: string, n: number): string =>
  n === 1 ? x : n === 0 ? sign(x) : mul(sign(x), pow(abs(x), n));

/** dy / y^n, 0 where y is 0 */
function overPower({ equal, where, div, pow }: Walk, dy: string, y: string, n: number): string {
  if (n === 0) return dy;
  const zero = equal(y, 0);
  const safe = where(zero, 1, y);
  return where(zero, 0, div(dy, n === 1 ? safe : pow(safe, n)));
}
