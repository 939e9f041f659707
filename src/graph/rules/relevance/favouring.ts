import type { Walk } from '../../backward.js';
import { abs, add, div, mul, sign } from '../formula.js';
import type { Layer } from './layer.js';

/**
 * The gamma rule for inputs of both signs in four passes instead of nine. The contributions of either sign are
 * (y +- a) / 2 with a = |W| |x| + |b|, so every output's z has the output's sign and the size
 *
 *   |z| = (1 + gamma / 2) |y| + gamma / 2 a,   and with the shares s = sign(y) R / (|z| + epsilon)
 *   R_in = (1 + gamma / 2) x (W' s) + gamma / 2 |x| (|W|' (sign(y) s)).
 */
export function favouring(
  { input, weight, bias, output, forward, back }: Layer,
  relevance: string,
  { gamma, epsilon }: { readonly gamma: number; readonly epsilon: number },
  walk: Walk,
): string {
  const like = (value: string) => walk.like(value, output);
  const half = (value: string) => mul(walk, abs(walk, value), gamma / 2);
  const size = walk.like(abs(walk, input), input);
  const weights = half(weight);
  const favour = forward(walk, size, weights, bias && half(bias));
  const z = add(walk, mul(walk, abs(walk, output), 1 + gamma / 2), favour);
  const signs = sign(walk, output);
  const share = like(mul(walk, div(walk, relevance, add(walk, z, epsilon)), signs));
  const plain = mul(walk, back(walk, weight, share), 1 + gamma / 2);
  const favoured = back(walk, weights, like(mul(walk, share, signs)));
  return add(walk, mul(walk, input, plain), mul(walk, size, favoured));
}
