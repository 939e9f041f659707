import type { AtLayer } from '../acceleration.js';
import type { LayerRule } from '../layer-rule.js';
import { isStacked } from './stacked-inputs.js';

/**
 * The gamma rule for inputs of both signs, in four passes instead of nine. The contributions of either sign
 * are (y +- a) / 2 with a = |W| |x| + |b|, so every z has the sign of y and the magnitude
 *
 *   |z| = (1 + gamma / 2) |y| + gamma / 2 a,   and with the shares s = sign(y) R / (|z| + epsilon)
 *   R_in = (1 + gamma / 2) x (W' s) + gamma / 2 |x| (|W|' (sign(y) s)).
 */
export function signedGamma({ gamma, epsilon }: LayerRule, at: AtLayer): string | undefined {
  const { layer, relevance, facts, walk } = at;
  const { input, weight, bias, output, forward, back } = layer;
  if (gamma === undefined || facts.nonNegative.has(input) || at.bias !== bias || isStacked(at))
    return undefined;
  const { mul, abs, add, sign, div } = walk;
  const half = (value: string) => mul(abs(value), gamma / 2);
  const size = walk.sameShape(abs(input), input);
  const weights = half(weight);
  const favour = forward(walk, size, weights, bias && half(bias));
  const z = add(mul(abs(output), 1 + gamma / 2), favour);
  const signs = sign(output);
  const share = walk.sameShape(mul(div(relevance, add(z, epsilon)), signs), output);
  const plain = mul(back(walk, weight, share), 1 + gamma / 2);
  const favoured = back(walk, weights, walk.sameShape(mul(share, signs), output));
  return add(mul(input, plain), mul(size, favoured));
}
