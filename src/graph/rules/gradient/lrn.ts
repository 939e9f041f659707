import { floatOf, intOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { float32 } from '../../elements.js';
import type { Node } from '../../graph.js';
import * as f from '../formula.js';

/**
 * y = x s^-beta with s = bias + alpha / size B x^2, B the sum over neighbouring channels:
 * dx = dy s^-beta - 2 alpha beta / size x B'(dy x s^(-beta - 1))
 */
export const LRN: Rule = (node, [dy], walk) => {
  const x = node.inputs[0]!;
  const { dims } = walk.shape(x);
  const channels = dims[1]!;
  const size = intOf(node, 'size', 1);
  const [alpha, beta] = [floatOf(node, 'alpha', 1e-4), floatOf(node, 'beta', 0.75)];
  const flat = (value: string) => f.reshape(walk, value, [0, channels, -1]);
  const [fx, fdy] = [flat(x), flat(dy!)];
  const near = (turned: boolean) => nearChannels(node, channels, turned, walk);
  const sum = f.matMul(walk, near(false), f.mul(walk, fx, fx));
  const s = f.add(walk, floatOf(node, 'bias', 1), f.mul(walk, alpha / size, sum));
  const direct = f.mul(walk, fdy, f.pow(walk, s, -beta));
  const back = f.matMul(walk, near(true), f.div(walk, f.mul(walk, direct, fx), s));
  const dx = f.sub(walk, direct, f.mul(walk, f.mul(walk, (2 * alpha * beta) / size, fx), back));
  return [f.reshape(walk, dx, [-1, ...dims.slice(1)])];
};

/** `[channels, channels]`: one where the column is among the neighbours of the row, or the row of the column. */
export function nearChannels(node: Node, channels: number, turned: boolean, walk: Walk): string {
  const size = intOf(node, 'size', 1);
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const matrix = f.range(channels).flatMap((row) =>
    f.range(channels).map((column) => {
      const offset = turned ? row - column : column - row;
      return offset >= -before && offset <= after ? 1 : 0;
    }),
  );
  return walk.constant(float32(matrix, [channels, channels]));
}
