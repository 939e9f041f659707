import { int, intOf } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import * as f from '../formula.js';
import { both, type MultiplierRule, type Pairing } from './pairing.js';

/**
 * y = e / s with e = exp(x - c), s = sum e, and one c for both runs: the multipliers of the quotient, the sum and the
 * exponential one after the other.
 */
export const softmax: MultiplierRule = (node, [m], walk, pairing) => {
  const { over, e, e0, s, s0, slope } = partsOf(node, walk, pairing);
  const inverse = f.mul(walk, 0.5, f.add(walk, f.div(walk, 1, s), f.div(walk, 1, s0)));
  const middle = f.mul(walk, 0.5, f.add(walk, e, e0));
  const sum = f.div(walk, over(f.mul(walk, m!, middle)), f.mul(walk, s, s0));
  return [f.mul(walk, slope, f.sub(walk, f.mul(walk, m!, inverse), sum))];
};

/** y = x - c - log s: what every y gives through log s is shared by the exponentials. */
export const logSoftmax: MultiplierRule = (node, [m], walk, pairing) => {
  const { over, s, s0, slope } = partsOf(node, walk, pairing);
  const ds = f.sub(walk, s, s0);
  const middle = f.div(walk, 2, f.add(walk, s, s0));
  const near = f.less(walk, f.abs(walk, ds), f.mul(walk, 1e-3, s));
  const rise = f.div(walk, f.sub(walk, f.log(walk, s), f.log(walk, s0)), ds);
  const ofLog = f.where(walk, near, middle, rise);
  return [f.sub(walk, m!, f.mul(walk, slope, f.mul(walk, ofLog, over(m!))))];
};

function partsOf(node: Node, walk: Walk, pairing: Pairing) {
  const [x, x0] = both(node.inputs[0]!, walk, pairing);
  const axes = [intOf(node, 'axis', -1)];
  const over = (value: string) => f.reduce(walk, 'ReduceSum', value, axes, { keepdims: int(1) });
  const highest = f.reduce(walk, 'ReduceMax', walk.emit('Max', [x, x0]), axes, { keepdims: int(1) });
  const [a, a0] = [f.sub(walk, x, highest), f.sub(walk, x0, highest)];
  const [e, e0] = [f.exp(walk, a), f.exp(walk, a0)];
  const d = f.sub(walk, a, a0);
  const near = f.less(walk, f.abs(walk, d), 1e-2);
  const middle = f.exp(walk, f.mul(walk, 0.5, f.add(walk, a, a0)));
  const slope = f.where(walk, near, middle, f.div(walk, f.sub(walk, e, e0), d));
  return { over, e, e0, s: over(e), s0: over(e0), slope };
}
