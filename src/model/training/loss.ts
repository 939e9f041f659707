import { int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import type { Loss } from '../recipe.js';

/** L = - sum w t log softmax(z); dL/dz = w (softmax(z) - t), since each row of t sums to 1. */
export const softmaxCrossEntropy: Loss = {
  name: 'softmax-cross-entropy',
  weights: 'sample',
  emit({ emit, reduce, mul, sub, exp, log, div, neg }, { logits, targets, weights }) {
    // Not every engine has LogSoftmax.
    const below = sub(logits, reduce('ReduceMax', logits, [1]));
    const powers = exp(below);
    const sum = reduce('ReduceSum', powers, [1]);
    const logarithms = sub(below, log(sum));
    const gradient = mul(weights, sub(div(powers, sum), targets));
    const terms = mul(weights, mul(targets, logarithms));
    return { loss: neg(total(emit, terms)), seeds: { [logits]: gradient } };
  },
};

/** L = sum w (max(z, 0) - t z + log(1 + exp(-|z|))); dL/dz = w (sigmoid(z) - t). */
export const sigmoidCrossEntropy: Loss = {
  name: 'sigmoid-cross-entropy',
  weights: 'element',
  emit({ emit, mul, add, sub, neg, abs, relu, sigmoid, softplus }, { logits, targets, weights }) {
    const gradient = mul(weights, sub(sigmoid(logits), targets));
    const linear = sub(relu(logits), mul(targets, logits));
    const rest = softplus(neg(abs(logits)));
    return { loss: total(emit, mul(weights, add(linear, rest))), seeds: { [logits]: gradient } };
  },
};

/**
 * L = sum w ((z - t) / s)^2; dL/dz = 2 w (z - t) / s^2: a share of the variance of the numbers to predict,
 * whose standard deviation is s.
 */
export const squaredError = (spread: number): Loss => ({
  name: 'squared-error',
  weights: 'sample',
  emit({ emit, mul, sub }, { logits, targets, weights }) {
    const away = mul(sub(logits, targets), 1 / spread);
    const weighted = mul(weights, away);
    return { loss: total(emit, mul(weighted, away)), seeds: { [logits]: mul(weighted, 2 / spread) } };
  },
});

/** The sum of all elements of a value, a scalar. */
export const total = (emit: Builder['emit'], value: string) =>
  emit('ReduceSum', [value], { keepdims: int(0) });
