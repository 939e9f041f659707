import { columnOf, greatestPairT, leveneT, studentT } from './association.js';
import type { Features } from './features.js';
import {
  conditionalShapley,
  deviations,
  precisionOf,
  type Spread,
  spreadOf,
  times,
  weightT,
  withClass,
} from './linear.js';

/** A formal answer to the question which features are important for a class. */
export interface Definition {
  readonly name: string;
  /** When a feature is important. */
  readonly statement: string;
  /** What is computed from images and classes. */
  readonly estimator: string;
  /** Where the definition is known to fail. */
  readonly failure: string;
  readonly source: string;
  /** Scores of all features, the greater the more important; what needs no classes is computed once. */
  estimate(features: Features): (labels: Uint8Array) => Float64Array;
}

/** Of the weights of the best linear prediction of the class. */
const ofWeights =
  (score: (spread: Spread) => (weights: Float64Array) => Float64Array): Definition['estimate'] =>
  (features) => {
    const spread = spreadOf(features);
    const precision = precisionOf(spread);
    const scored = score(spread);
    return (labels) => scored(times(precision, withClass(features, spread.mean, labels)));
  };

const magnitudes = (values: Float64Array) => values.map(Math.abs);

/** The definitions that are estimated from a problem's images. */
export const definitions: readonly Definition[] = [
  {
    name: 'association',
    statement: 'The distribution of the feature differs between the classes.',
    estimator: "The greater of Student's t of the means and Levene's t of the spreads.",
    failure: 'Sees no feature that tells the classes apart only together with another (XOR).',
    source: 'Haufe et al. 2024, arXiv:2409.14590',
    estimate: (features) => (labels) =>
      Float64Array.from({ length: features.width }, (_, j) => {
        const column = columnOf(features, j);
        return Math.max(Math.abs(studentT(column, labels)), Math.abs(leveneT(column, labels)));
      }),
  },
  {
    name: 'pair association',
    statement: 'The covariance of the feature with some other feature differs between the classes.',
    estimator: "The greatest t, over the other features, of the difference of the classes' covariances.",
    failure: 'Sees no feature that only moves the mean, nor what takes three features.',
    source: 'Clark et al. 2024, doi:10.1007/s10994-024-06574-3',
    estimate: (features) => (labels) => greatestPairT(features, labels),
  },
  {
    name: 'conditional contribution',
    statement: 'The feature adds to the best linear prediction of the class from all others.',
    estimator:
      'The t of its least-squares weight; the best linear prediction is the best of all where the classes are Gaussian with one covariance, as in the suppressor problems and the linear one.',
    failure: 'Calls suppressors important, and none of several features that say the same.',
    source: 'Haufe et al. 2014, doi:10.1016/j.neuroimage.2013.10.067',
    estimate(features) {
      const spread = spreadOf(features);
      const precision = precisionOf(spread);
      return (labels) => magnitudes(weightT(precision, withClass(features, spread.mean, labels), labels));
    },
  },
  {
    name: 'activation pattern',
    statement: 'The feature varies with the output of the best linear prediction.',
    estimator: 'The magnitude of Cov(x) w; for least squares the covariance with the class itself.',
    failure: 'Sees what moves the mean alone; large where the feature is large.',
    source: 'Haufe et al. 2014, doi:10.1016/j.neuroimage.2013.10.067',
    estimate: ofWeights(
      ({ covariance }) =>
        (weights) =>
          magnitudes(times(covariance, weights)),
    ),
  },
  {
    name: 'marginal Shapley value',
    statement: 'The best linear prediction changes where the feature takes another value by itself.',
    estimator: 'The standard deviation of w (x - E[x]).',
    failure: 'Follows the weights: calls suppressors important.',
    source: 'Lundberg, Lee 2017, arXiv:1705.07874',
    estimate: ofWeights(
      ({ covariance, width }) =>
        (weights) =>
          weights.map((w, j) => Math.abs(w) * Math.sqrt(covariance[j * width + j]!)),
    ),
  },
  {
    name: 'conditional Shapley value',
    statement:
      'Knowing the feature changes the expected best linear prediction, on average over what else is known.',
    estimator: 'The standard deviation of the Shapley values of Gaussian conditional expectations.',
    failure: 'Halves the share of a suppressor and does not remove it; spreads over correlated features.',
    source: 'Aas, Jullum, Løland 2021, doi:10.1016/j.artint.2021.103502',
    estimate: ofWeights((spread) => {
      const values = conditionalShapley(spread);
      return (weights) => deviations(values(weights), spread);
    }),
  },
  {
    name: 'counterfactual change',
    statement: 'The least change of the image that turns the best linear prediction changes the feature.',
    estimator: 'The magnitude of its weight, to which the change is proportional.',
    failure: 'Follows the weights: calls suppressors important; large where the feature varies little.',
    source: 'Wachter, Mittelstadt, Russell 2018, arXiv:1711.00399',
    estimate: ofWeights(() => magnitudes),
  },
];
