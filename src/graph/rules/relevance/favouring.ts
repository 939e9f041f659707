import { float } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import { abs, add, min, mul, sub } from '../formula.js';
import type { Layer } from './layer.js';

export interface Favouring {
  readonly layer: Layer;
  readonly gamma: number;
  /** The positive and the negative part of the input. */
  readonly positive: string;
  readonly negative: string;
  /** Parts of weights and bias. */
  part(value: string, sign: 'positive' | 'negative'): string;
  /** The relevance of outputs of one sign by their stabilised z, which has that sign; undefined where there is none. */
  share(sign: 'positive' | 'negative', z: string): string | undefined;
}

/**
 * The gamma rule for inputs of both signs in six passes instead of nine. With e = gamma (W+ x+ + W- x- + b+), positive outputs y
 * have z = y + e and negative ones z = (1 + gamma) y - e; of the shares s = s+ + s- the relevance is
 *
 *   (x + gamma x-) (W' s) + |x| (gamma W+' s+ + gamma W-' s-).
 */
export function favouring({ layer, gamma, positive, negative, part, share }: Favouring, walk: Walk): string {
  const { input, weight, bias, output } = layer;
  const scaled = (value: string) => mul(walk, value, gamma);
  const [upper, lower] = [scaled(part(weight, 'positive')), scaled(part(weight, 'negative'))];
  const favour = add(
    walk,
    layer.forward(walk, positive, upper, bias && scaled(part(bias, 'positive'))),
    layer.forward(walk, negative, lower, undefined),
  );
  // Where y has the other sign there is no share, and z a sign all the same.
  const [above, below] = [walk.emit('Relu', [output]), min(walk, output, 0)];
  const [up, down] = [
    share('positive', add(walk, above, favour)),
    share('negative', sub(walk, mul(walk, below, 1 + gamma), favour)),
  ];
  const shares = [up, down].filter((s) => s !== undefined);
  const whole = layer.back(
    walk,
    weight,
    shares.reduce((a, b) => walk.like(add(walk, a, b), output)),
  );
  const favoured = [
    ...(up === undefined ? [] : [layer.back(walk, upper, up)]),
    ...(down === undefined ? [] : [layer.back(walk, lower, down)]),
  ].reduce((a, b) => add(walk, a, b));
  // x + gamma x-
  const lowered = walk.emit('LeakyRelu', [input], { alpha: float(1 + gamma) });
  return add(walk, mul(walk, lowered, whole), mul(walk, abs(walk, input), favoured));
}
