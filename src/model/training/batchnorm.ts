import { float, floatOf, int } from '../../graph/attributes.js';
import type { Rule, Walk } from '../../graph/backward.js';
import { float32, int64, scalar } from '../../graph/elements.js';

/**
 * y = scale (x - mean) / sqrt(var + epsilon) + bias with the batch's own mean and variance, which depend on x:
 * dx = scale / sqrt(var + epsilon) (dy - mean(dy) - x' mean(dy x')) where x' is x normalised
 * (Ioffe & Szegedy 2015, arXiv:1502.03167). By channel that is dx = a dy + b x + c.
 */
export const trainingBatchNorm: Rule = (node, [dy], walk) => {
  const [x, scale] = node.inputs as [string, string];
  const [, mean, variance] = node.outputs as [string, string, string];
  const { emit } = walk;
  const { dims } = walk.shape(x);
  const channels = dims[1]!;
  const epsilon = walk.constant(scalar(floatOf(node, 'epsilon', 1e-5)));
  const inverse = emit('Reciprocal', [emit('Sqrt', [emit('Add', [variance, epsilon])])]);
  const sum = (value: string) => {
    const others = dims.map((_, axis) => axis).filter((axis) => axis !== 1);
    return emit('ReduceSum', [value, walk.constant(int64(others))], { keepdims: int(0) });
  };
  const dbias = sum(dy!);
  const dscale = emit('Mul', [
    inverse,
    emit('Sub', [sum(emit('Mul', [dy!, x])), emit('Mul', [mean, dbias])]),
  ]);
  if (!walk.wanted(x)) return [undefined, dscale, dbias];
  const size = emit('Cast', [emit('Size', [dy!])], { to: int(1) });
  const count = emit('Div', [size, walk.constant(scalar(channels))]);
  const a = emit('Mul', [scale, inverse]);
  const slope = emit('Div', [emit('Mul', [a, emit('Mul', [inverse, dscale])]), count]);
  const b = emit('Neg', [slope]);
  const c = emit('Sub', [emit('Mul', [slope, mean]), emit('Div', [emit('Mul', [a, dbias]), count])]);
  const spread = emit('Reshape', [a, walk.constant(int64([channels, ...dims.slice(2).map(() => 1)]))]);
  const dx = emit('Add', [emit('Mul', [dy!, spread]), affine(walk, x, b, c, channels)]);
  return [dx, dscale, dbias];
};

/** b x + c by channel, in one pass: a BatchNormalization with mean 0 and variance 1. */
function affine(walk: Walk, x: string, b: string, c: string, channels: number): string {
  const zeros = walk.constant(float32(new Float32Array(channels)));
  const ones = walk.constant(float32(new Float32Array(channels).fill(1)));
  return walk.emit('BatchNormalization', [x, b, c, zeros, ones], { epsilon: float(0) });
}
