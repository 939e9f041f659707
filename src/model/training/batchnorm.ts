import { float, floatOf, int } from '../../graph/attributes.js';
import type { Rule, Walk } from '../../graph/backward.js';
import { float32 } from '../../graph/elements.js';

/**
 * The gradient of y = scale (x - mean) / sqrt(var + epsilon) + bias, where mean and variance are those of
 * the batch and depend on x: dx = scale / sqrt(var + epsilon) (dy - mean(dy) - x' mean(dy x')), where x' is
 * the normalised x (Ioffe & Szegedy 2015, arXiv:1502.03167). By channel this is dx = a dy + b x + c.
 */
export const trainingBatchNorm: Rule = (node, [dy], walk) => {
  const [x, scale] = node.inputs as [string, string];
  const [, mean, variance] = node.outputs as [string, string, string];
  const { emit, add, sub, mul, div, neg, sqrt, reciprocal } = walk;
  const { dims } = walk.shape(x);
  const channels = dims[1]!;
  const inverse = reciprocal(sqrt(add(variance, floatOf(node, 'epsilon', 1e-5))));
  const sum = (value: string) => {
    const others = dims.map((_, axis) => axis).filter((axis) => axis !== 1);
    return walk.reduce('ReduceSum', value, others, { keepdims: int(0) });
  };
  const dbias = sum(dy!);
  const dscale = mul(inverse, sub(sum(mul(dy!, x)), mul(mean, dbias)));
  if (!walk.needsGradient(x)) return [undefined, dscale, dbias];
  const size = emit('Cast', [emit('Size', [dy!])], { to: int(1) });
  const count = div(size, channels);
  const a = mul(scale, inverse);
  const slope = div(mul(a, mul(inverse, dscale)), count);
  const b = neg(slope);
  const c = sub(mul(slope, mean), div(mul(a, dbias), count));
  const spread = walk.reshape(a, [channels, ...dims.slice(2).map(() => 1)]);
  const dx = add(mul(dy!, spread), affine(walk, x, b, c, channels));
  return [dx, dscale, dbias];
};

/** b x + c by channel as a single BatchNormalization node with mean 0 and variance 1. */
function affine(walk: Walk, x: string, b: string, c: string, channels: number): string {
  const zeros = walk.constant(float32(new Float32Array(channels)));
  const ones = walk.constant(float32(new Float32Array(channels).fill(1)));
  return walk.emit('BatchNormalization', [x, b, c, zeros, ones], { epsilon: float(0) });
}
