import { normalCdf } from '../../statistics/distributions.js';

/** The two-dimensional suppressor problem: its signal and the noise that both features share. */
export interface SuppressorSettings {
  /** Weight of the signal; the noise has 1 - alpha. */
  readonly alpha: number;
  /** Standard deviations of the noise of both features, and its correlation. */
  readonly s1: number;
  readonly s2: number;
  readonly c: number;
}

export type Pair = readonly [number, number];

/** What holds exactly of the problem x = alpha (1, 0) z + (1 - alpha) eta, eta ~ N(0, S), z = -1 or 1. */
export interface SuppressorTheory {
  /** Covariance within a class: variances and covariance. */
  readonly within: { readonly v1: number; readonly v2: number; readonly cv: number };
  /** Weights of the log-odds, which is linear without an intercept: 2 alpha N^-1 (1, 0). */
  readonly weights: Pair;
  /** Activation pattern Cov(x) w / Var(w x): zero on the suppressor. */
  readonly pattern: Pair;
  /** Accuracy of the best classifier, and of the best on x1 alone; x2 alone has 1/2. */
  readonly accuracy: number;
  readonly accuracyOfCause: number;
  /** E[x2 | x1] and E[x1 | x2]. */
  readonly secondGivenFirst: (x1: number) => number;
  readonly firstGivenSecond: (x2: number) => number;
}

/**
 * The closed forms of the linear suppressor problem (Haufe et al. 2014, doi:10.1016/j.neuroimage.2013.10.067;
 * Wilming et al. 2023, arXiv:2306.01464).
 */
export function suppressorTheory({ alpha, s1, s2, c }: SuppressorSettings): SuppressorTheory {
  const share = (1 - alpha) ** 2;
  const [v1, v2, cv] = [share * s1 * s1, share * s2 * s2, share * c * s1 * s2];
  const determinant = v1 * v2 - cv * cv;
  const weights: Pair = [(2 * alpha * v2) / determinant, (-2 * alpha * cv) / determinant];
  const covariance = covarianceOf(alpha, { v1, v2, cv });
  return {
    within: { v1, v2, cv },
    weights,
    pattern: patternOf(covariance, weights),
    accuracy: normalCdf(alpha / ((1 - alpha) * s1 * Math.sqrt(1 - c * c))),
    accuracyOfCause: normalCdf(alpha / ((1 - alpha) * s1)),
    secondGivenFirst: (x1) => (cv / v1) * (x1 - alpha * Math.tanh((alpha * x1) / v1)),
    firstGivenSecond: (x2) => (cv / v2) * x2,
  };
}

/** Covariance of x over both classes: `[[a, b], [b, d]]` as a, b, d. */
const covarianceOf = (alpha: number, { v1, v2, cv }: SuppressorTheory['within']) =>
  [v1 + alpha * alpha, cv, v2] as const;

function patternOf([a, b, d]: readonly [number, number, number], [w1, w2]: Pair): Pair {
  const [p1, p2] = [a * w1 + b * w2, b * w1 + d * w2];
  const variance = w1 * p1 + w2 * p2;
  return [p1 / variance, p2 / variance];
}

/** Shapley values of w x where the absent feature is replaced by its mean over a background. */
export const marginalShapley = ([w1, w2]: Pair, [x1, x2]: Pair, mean: Pair = [0, 0]): Pair => [
  w1 * (x1 - mean[0]),
  w2 * (x2 - mean[1]),
];

/**
 * Shapley values of w x where the absent feature is replaced by its expectation given the other. With the
 * best weights the suppressor keeps w2 (x2 - E[x2 | x1]) / 2.
 */
export function conditionalShapley(
  { secondGivenFirst, firstGivenSecond }: Pick<SuppressorTheory, 'secondGivenFirst' | 'firstGivenSecond'>,
  [w1, w2]: Pair,
  [x1, x2]: Pair,
): Pair {
  const first = w1 * x1 + w2 * secondGivenFirst(x1);
  const second = w2 * x2 + w1 * firstGivenSecond(x2);
  const both = w1 * x1 + w2 * x2;
  return [(first + both - second) / 2, (second + both - first) / 2];
}

/** The expectations of `conditionalShapley` where x is taken for Gaussian, as Gaussian samplers do. */
export const gaussianGiven = ({ alpha, ...noise }: SuppressorSettings) => {
  const { v1, v2, cv } = suppressorTheory({ alpha, ...noise }).within;
  return {
    secondGivenFirst: (x1: number) => (cv / (v1 + alpha * alpha)) * x1,
    firstGivenSecond: (x2: number) => (cv / v2) * x2,
  };
};

/** Shapley values of E[z | x_S]: what each feature contributes to the best prediction of the class. */
export function targetShapley({ alpha, ...noise }: SuppressorSettings, [x1, x2]: Pair): Pair {
  const { weights, within } = suppressorTheory({ alpha, ...noise });
  const both = Math.tanh((weights[0] * x1 + weights[1] * x2) / 2);
  const first = Math.tanh((alpha * x1) / within.v1);
  return [(both + first) / 2, (both - first) / 2];
}

/** The least change of x that brings w x to 0. */
export function counterfactual([w1, w2]: Pair, [x1, x2]: Pair): Pair {
  const step = (w1 * x1 + w2 * x2) / (w1 * w1 + w2 * w2);
  return [x1 - step * w1, x2 - step * w2];
}
