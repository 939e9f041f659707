import { normalCdf } from '../../statistics/distributions.js';
import { type Pair, type SuppressorSettings, suppressorTheory } from './theory.js';

/** What measures of importance over the whole distribution say of both features, exactly. */
export interface SuppressorImportance {
  /** Standard deviation of E[f | x_i] for the log-odds f (FIRM, Zien et al. 2009): zero on the suppressor. */
  readonly firm: Pair;
  /** Accuracy that the best classifier loses where the feature is an independent copy of itself. */
  readonly accuracyLoss: Pair;
  /** The same for the squared error of the least-squares prediction of z. */
  readonly errorIncrease: Pair;
  /** Shapley values of the explained variance of z (Lindeman, Merenda, Gold 1980). */
  readonly explainedVariance: Pair;
  /** Mean magnitude of input x gradient of f. */
  readonly meanMagnitude: Pair;
}

/** The global closed forms of the linear suppressor problem of `suppressorTheory`. */
export function suppressorImportance(settings: SuppressorSettings): SuppressorImportance {
  const { alpha } = settings;
  const { within, weights, accuracy, secondGivenFirst } = suppressorTheory(settings);
  const { v1, v2, cv } = within;
  const [w1, w2] = weights;
  const signal = alpha * alpha;
  const separation = (alpha * w1) / 2;
  const [one, both] = [signal / (v1 + signal), separation / (1 + separation)];
  /** The least-squares weights are the best ones, but for their length. */
  const shrunk = 1 / (2 * (1 + separation));
  const alike = 2 * normalCdf(alpha / Math.sqrt(v1)) - 1;
  const magnitude = Math.sqrt((2 * v1) / Math.PI) * Math.exp(-signal / (2 * v1)) + alpha * alike;
  // E[f | x1] is odd, and so its square has the same mean in both classes.
  const ofFirst = (x1: number) => (w1 * x1 + w2 * secondGivenFirst(x1)) ** 2;
  return {
    firm: [
      Math.sqrt(meanOverNormal(ofFirst, alpha, Math.sqrt(v1))),
      Math.abs(w2 + (w1 * cv) / v2) * Math.sqrt(v2),
    ],
    accuracyLoss: [
      accuracy - 0.5,
      accuracy - normalCdf((w1 * alpha) / Math.sqrt(w1 * w1 * v1 + w2 * w2 * v2)),
    ],
    errorIncrease: [2 * (shrunk * w1) ** 2 * (v1 + signal), 2 * (shrunk * w2) ** 2 * v2],
    explainedVariance: [(both + one) / 2, (both - one) / 2],
    meanMagnitude: [Math.abs(w1) * magnitude, Math.abs(w2) * Math.sqrt((2 * v2) / Math.PI)],
  };
}

/** The mean of a smooth function of a normal number, by the trapezoidal rule over ten deviations. */
function meanOverNormal(of: (x: number) => number, mean: number, deviation: number): number {
  const steps = 1000;
  let [sum, weight] = [0, 0];
  for (let k = -steps; k <= steps; k++) {
    const z = (10 * k) / steps;
    const density = Math.exp((-z * z) / 2);
    sum += density * of(mean + deviation * z);
    weight += density;
  }
  return sum / weight;
}
