import { floatOf, intOf } from '../../attributes.js';
import { nearChannels } from '../gradient/lrn.js';
import { both, type MultiplierRule } from './pairing.js';

/**
 * y = x r with r = s^-beta and s = bias + alpha / size B x^2, B the sum over neighbouring channels. The
 * product uses midpoints. r uses Rescale, with the slope at the midpoint where s is close to s0. The squares
 * use x^2 - x0^2 = (x - x0) (x + x0).
 */
export const lrn: MultiplierRule = (node, [m], walk, pairing) => {
  const { reshape, matMul, mul, add, pow, sub, less, abs, where, div } = walk;
  const { dims } = walk.shape(node.inputs[0]!);
  const [alpha, beta] = [floatOf(node, 'alpha', 1e-4), floatOf(node, 'beta', 0.75)];
  const flat = (value: string) => reshape(value, [0, dims[1]!, -1]);
  const [x, x0] = both(node.inputs[0]!, walk, pairing).map(flat) as [string, string];
  const share = alpha / intOf(node, 'size', 1);
  const near = (value: string, turned: boolean) => matMul(nearChannels(node, dims[1]!, turned, walk), value);
  const sum = (value: string) => {
    const squares = near(mul(value, value), false);
    return add(floatOf(node, 'bias', 1), mul(share, squares));
  };
  const half = (a: string, b: string) => mul(0.5, add(a, b));
  const [s, s0] = [sum(x), sum(x0)];
  const [r, r0] = [pow(s, -beta), pow(s0, -beta)];
  const [given, ds, middle] = [flat(m!), sub(s, s0), half(s, s0)];
  const close = less(abs(ds), mul(1e-2, abs(middle)));
  const slope = mul(-beta, pow(middle, -beta - 1));
  const ofSum = where(close, slope, div(sub(r, r0), ds));
  const back = near(mul(mul(given, half(x, x0)), ofSum), true);
  const through = mul(mul(share, add(x, x0)), back);
  const whole = add(mul(given, half(r, r0)), through);
  return [reshape(whole, [-1, ...dims.slice(1)])];
};
