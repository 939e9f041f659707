import type { Loss } from '../recipe.js';
import { total } from './loss.js';

/** Keeps powers of 1 - p and logarithms of p finite. */
const least = 1e-7;

/**
 * The focal loss of one class for each sample (Lin et al. 2017, arXiv:1708.02002), over all classes, so that
 * targets may be soft: L = - sum w t (1 - p)^g log p with p = softmax(z). With a = t ((1 - p)^g - g p (1 -
 * p)^(g-1) log p), dL/dz = w (p sum(a) - a).
 */
export const focalSoftmax = (gamma: number): Loss => ({
  name: 'focal-softmax',
  weights: 'sample',
  emit({ emit, reduce, mul, sub, exp, div, neg, log, max, pow }, { logits, targets, weights }) {
    const powers = exp(sub(logits, reduce('ReduceMax', logits, [1])));
    const p = div(powers, reduce('ReduceSum', powers, [1]));
    const logarithm = log(max(p, least));
    const rest = max(sub(1, p), least);
    const modulation = pow(rest, gamma);
    const terms = mul(weights, mul(targets, mul(modulation, logarithm)));
    const slope = mul(div(modulation, rest), mul(gamma, mul(p, logarithm)));
    const a = mul(targets, sub(modulation, slope));
    const gradient = mul(weights, sub(mul(p, reduce('ReduceSum', a, [1])), a));
    return { loss: neg(total(emit, terms)), seeds: { [logits]: gradient } };
  },
});

/**
 * The focal loss of each class for itself: L = sum w (t (1 - p)^g s(-z) + (1 - t) p^g s(z)) with p =
 * sigmoid(z) and s(z) = log(1 + exp(z)); dL/dz = w ((1 - t) p^g (g (1 - p) s(z) + p) - t (1 - p)^g (g p
 * s(-z) + 1 - p)).
 */
export const focalSigmoid = (gamma: number): Loss => ({
  name: 'focal-sigmoid',
  weights: 'element',
  emit({ emit, mul, add, sub, neg, sigmoid, softplus, max, pow }, { logits, targets, weights }) {
    const side = (z: string, t: string) => {
      const p = sigmoid(z);
      const rest = sub(1, p);
      const missed = softplus(z);
      const scale = mul(t, pow(max(p, least), gamma));
      return {
        loss: mul(scale, missed),
        slope: mul(scale, add(mul(gamma, mul(rest, missed)), p)),
      };
    };
    const negative = side(logits, sub(1, targets));
    const positive = side(neg(logits), targets);
    const gradient = mul(weights, sub(negative.slope, positive.slope));
    const terms = mul(weights, add(negative.loss, positive.loss));
    return { loss: total(emit, terms), seeds: { [logits]: gradient } };
  },
});
