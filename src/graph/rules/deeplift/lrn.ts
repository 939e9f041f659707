import { floatOf, intOf } from '../../attributes.js';
import * as f from '../formula.js';
import { nearChannels } from '../gradient/lrn.js';
import { both, type MultiplierRule } from './pairing.js';

/**
 * y = x r with r = s^-beta and s = bias + alpha / size B x^2, B the sum over neighbouring channels: the product by its
 * midpoints, r by rescale (its slope in the middle where s and s0 are close), squares as x^2 - x0^2 = (x - x0) (x + x0).
 */
export const lrn: MultiplierRule = (node, [m], walk, pairing) => {
  const { dims } = walk.shape(node.inputs[0]!);
  const [alpha, beta] = [floatOf(node, 'alpha', 1e-4), floatOf(node, 'beta', 0.75)];
  const flat = (value: string) => f.reshape(walk, value, [0, dims[1]!, -1]);
  const [x, x0] = both(node.inputs[0]!, walk, pairing).map(flat) as [string, string];
  const share = alpha / intOf(node, 'size', 1);
  const near = (value: string, turned: boolean) =>
    f.matMul(walk, nearChannels(node, dims[1]!, turned, walk), value);
  const sum = (value: string) => {
    const squares = near(f.mul(walk, value, value), false);
    return f.add(walk, floatOf(node, 'bias', 1), f.mul(walk, share, squares));
  };
  const half = (a: string, b: string) => f.mul(walk, 0.5, f.add(walk, a, b));
  const [s, s0] = [sum(x), sum(x0)];
  const [r, r0] = [f.pow(walk, s, -beta), f.pow(walk, s0, -beta)];
  const [given, ds, middle] = [flat(m!), f.sub(walk, s, s0), half(s, s0)];
  const close = f.less(walk, f.abs(walk, ds), f.mul(walk, 1e-2, f.abs(walk, middle)));
  const slope = f.mul(walk, -beta, f.pow(walk, middle, -beta - 1));
  const ofSum = f.where(walk, close, slope, f.div(walk, f.sub(walk, r, r0), ds));
  const back = near(f.mul(walk, f.mul(walk, given, half(x, x0)), ofSum), true);
  const through = f.mul(walk, f.mul(walk, share, f.add(walk, x, x0)), back);
  const whole = f.add(walk, f.mul(walk, given, half(r, r0)), through);
  return [f.reshape(walk, whole, [-1, ...dims.slice(1)])];
};
