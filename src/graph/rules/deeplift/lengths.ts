import { intOf } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import { gradientRules } from '../gradient/index.js';
import { overWindows } from '../gradient/pooling.js';
import { both, type MultiplierRule } from './pairing.js';

/**
 * Norms y = (sum |x|^p)^(1 / p). With D(a, b) = sum_k a^k b^(p - 1 - k), a^p - b^p = (a - b) D(a, b): the sum
 * has the multiplier m / D(y, y0), and each |x| that of the sum times D(|x|, |x0|). The only division by a
 * difference is (|x| - |x0|) / (x - x0), which is exact.
 */
export const lengths: MultiplierRule = (node, [m], walk, pairing) => {
  const { mul, equal, where, div, add } = walk;
  const [x, x0] = both(node.inputs[0]!, walk, pairing);
  const p = powerOf(node);
  if (p === 1) return [mul(spread(node, m!, walk), changeOfSize(x, x0, walk))];
  const d = quotientOfPowers(walk, p, ...both(node.outputs[0]!, walk, pairing));
  const none = equal(d, 0);
  const ofSum = walk.sameShape(where(none, 0, div(m!, where(none, 1, d))), node.outputs[0]!);
  const each = p === 2 ? add(x, x0) : ofPowers(walk, p, x, x0);
  return [mul(spread(node, ofSum, walk), each)];
};

/** y = sum x^2: m_x = m (x + x0) */
export const sumOfSquares: MultiplierRule = (node, [m], walk, pairing) => [
  walk.mul(spread(node, m!, walk), walk.add(...both(node.inputs[0]!, walk, pairing))),
];

const powerOf = (node: Node): number =>
  node.op === 'ReduceL1' ? 1 : node.op === 'ReduceL2' ? 2 : intOf(node, 'p', 2);

/** Maps the multiplier of a sum to those of its terms. */
function spread(node: Node, m: string, walk: Walk): string {
  if (node.op === 'LpPool') return overWindows(node, m, walk);
  if (node.op === 'GlobalLpPool') return walk.expandLike(m, node.inputs[0]!);
  return gradientRules.ReduceSum(node, [m], walk)[0]!;
}

function ofPowers(walk: Walk, p: number, x: string, x0: string): string {
  const { abs, mul } = walk;
  const d = quotientOfPowers(walk, p, abs(x), abs(x0));
  return mul(d, changeOfSize(x, x0, walk));
}

/** D(a, b) by Horner's scheme. */
function quotientOfPowers({ add, mul }: Walk, p: number, a: string, b: string): string {
  let [sum, power] = [add(a, b), b];
  for (let k = 2; k < p; k++) {
    power = mul(power, b);
    sum = add(mul(sum, a), power);
  }
  return sum;
}

/** (|x| - |x0|) / (x - x0); sign(x) where x = x0 */
function changeOfSize(x: string, x0: string, { sub, div, abs, where, equal, sign }: Walk): string {
  const dx = sub(x, x0);
  const quotient = div(sub(abs(x), abs(x0)), dx);
  return where(equal(dx, 0), sign(x), quotient);
}
