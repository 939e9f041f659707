import type { Walk } from '../../backward.js';
import type { Layer } from './layer.js';

/**
 * The gamma rule for inputs of both signs in four passes instead of nine. The contributions of either sign are
 * (y +- a) / 2 with a = |W| |x| + |b|, so every output's z has the output's sign and the size
 *
 *   |z| = (1 + gamma / 2) |y| + gamma / 2 a,   and with the shares s = sign(y) R / (|z| + epsilon)
 *   R_in = (1 + gamma / 2) x (W' s) + gamma / 2 |x| (|W|' (sign(y) s)).
 */
export function signedGamma(
  { input, weight, bias, output, forward, back }: Layer,
  relevance: string,
  { gamma, epsilon }: { readonly gamma: number; readonly epsilon: number },
  walk: Walk,
): string {
  const { mul, abs, add, sign, div } = walk;
  const sameShape = (value: string) => walk.sameShape(value, output);
  const half = (value: string) => mul(abs(value), gamma / 2);
  const size = walk.sameShape(abs(input), input);
  const weights = half(weight);
  const favour = forward(walk, size, weights, bias && half(bias));
  const z = add(mul(abs(output), 1 + gamma / 2), favour);
  const signs = sign(output);
  const share = sameShape(mul(div(relevance, add(z, epsilon)), signs));
  const plain = mul(back(walk, weight, share), 1 + gamma / 2);
  const favoured = back(walk, weights, sameShape(mul(share, signs)));
  return add(mul(input, plain), mul(size, favoured));
}
