import { floatOf, intOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { float32 } from '../../elements.js';
import type { Node } from '../../graph.js';
import { range } from '../../shapes.js';

/**
 * y = x s^-beta with s = bias + alpha / size B x^2, B the sum over neighbouring channels:
 * dx = dy s^-beta - 2 alpha beta / size x B'(dy x s^(-beta - 1))
 */
export const LRN: Rule = (node, [dy], walk) => {
  const { reshape, matMul, mul, add, pow, div, sub } = walk;
  const x = node.inputs[0]!;
  const { dims } = walk.shape(x);
  const channels = dims[1]!;
  const size = intOf(node, 'size', 1);
  const [alpha, beta] = [floatOf(node, 'alpha', 1e-4), floatOf(node, 'beta', 0.75)];
  const flat = (value: string) => reshape(value, [0, channels, -1]);
  const [fx, fdy] = [flat(x), flat(dy!)];
  const near = (turned: boolean) => nearChannels(node, channels, turned, walk);
  const sum = matMul(near(false), mul(fx, fx));
  const s = add(floatOf(node, 'bias', 1), mul(alpha / size, sum));
  const direct = mul(fdy, pow(s, -beta));
  const back = matMul(near(true), div(mul(direct, fx), s));
  const dx = sub(direct, mul(mul((2 * alpha * beta) / size, fx), back));
  return [reshape(dx, [-1, ...dims.slice(1)])];
};

/** `[channels, channels]`: 1 where the column is a neighbour of the row, else 0; `turned` transposes it. */
export function nearChannels(node: Node, channels: number, turned: boolean, walk: Walk): string {
  const size = intOf(node, 'size', 1);
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const matrix = range(channels).flatMap((row) =>
    range(channels).map((column) => {
      const offset = turned ? row - column : column - row;
      return offset >= -before && offset <= after ? 1 : 0;
    }),
  );
  return walk.constant(float32(matrix, [channels, channels]));
}
