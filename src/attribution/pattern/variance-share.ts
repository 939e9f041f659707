import { choice, number, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import type { Classifier } from '../../model/classifier.js';
import { rows, type Tensor, zeros } from '../../tensor/tensor.js';
import { method } from '../method.js';
import { gradient, inputPass } from '../program/backward.js';
import { dataOf, dataOption } from './data.js';
import { keptFor } from './kept.js';
import { covarianceTimes, type Neighbours } from './neighbours.js';

const options = {
  data: dataOption,
  alike: searched(
    number({
      doc: "how much more data count whose gradient is like the sample's, or its opposite: the magnitude of the cosine of the two to this power; 0: all data alike",
      min: 0,
      max: 64,
      default: 2,
    }),
    { among: [0, 1, 2, 4, 8, 16] },
  ),
  shrinkage: searched(
    number({
      doc: 'of the covariance towards a multiple of the identity, which limits what errors of the model add along directions in which images vary much',
      min: 0,
      max: 1,
      default: 0.1,
    }),
    { among: [0, 0.05, 0.1, 0.3] },
  ),
  gives: searched(
    choice(['share', 'pattern'], {
      doc: 'shares of the variance, or the pattern: the covariance without the slope',
      default: 'share',
    }),
    { among: ['share', 'pattern'] },
  ),
};

/**
 * For the gradient g at an input and the covariance C of similar data: g (C g) / g' C g, value by value,
 * which sums to 1 (Pratt's measure of a linear model). A suppressor has slope and no covariance, what the
 * model does not use has covariance and no slope: both get nothing. Data are similar where the model has a
 * similar gradient: near in pixels, as in PatternLocal, their covariance would be nearly round, and C g the
 * gradient.
 */
export const varianceShare = method({
  name: 'variance-share',
  family: 'pattern',
  doc: "The share of each input value in the variance of the gradient's linear model over data in which the model has a similar gradient: slope times covariance with that model (Pratt's measure, here made local by Sightline).",
  paper: cite`Thomas, Hughes, Zumbo (1998). On variable importance in linear regression. doi:10.1023/A:1006954016433`,
  options,
  maps: 'input',
  async attribute({ model, input, targets, options: { data: given, alike, shrinkage, gives }, run }) {
    const data = dataOf(model, given, 'variance-share');
    const points = rowsOf(data);
    const own = rowsOf(await inputPass({ model, run, input, targets }, pass));
    const map = zeros(input.shape);
    for (const [row, target] of targets.entries()) {
      await checkpoint(run);
      const w = own[row]!;
      const near = alikeIn(await slopesOf(model, data, target, run), unit(w), alike);
      const pattern = covarianceTimes(points, near, w, shrinkage);
      const shares = pattern.map((value, p) => value * w[p]!);
      const variance = shares.reduce((a, b) => a + b, 0) || 1;
      const made = gives === 'share' ? shares : pattern;
      map.data.set(
        made.map((value) => value / variance),
        row * w.length,
      );
    }
    const each = data.shape[0]! / targets.length;
    return { map, evaluations: { forward: 1 + each, backward: 1 + each } };
  },
});

const pass = { method: 'gradient', ruleFor: gradient };

const kept = keptFor<readonly Float64Array[]>();

/** The gradients of the data, each of length 1. */
const slopesOf = (model: Classifier, data: Tensor, target: number, run: RunContext) =>
  kept(model, data, target, async () => {
    const targets = Array<number>(data.shape[0]!).fill(target);
    return rowsOf(await inputPass({ model, run, input: data, targets }, pass)).map(unit);
  });

/** Weights of the data by the cosines of their gradients with `w`; all alike where each is 0. */
function alikeIn(slopes: readonly Float64Array[], w: Float64Array, power: number): Neighbours {
  const weights = Float64Array.from(slopes, (slope) => {
    const cosine = slope.reduce((sum, value, p) => sum + value * w[p]!, 0);
    return Math.abs(cosine) ** power;
  });
  const total = weights.reduce((a, b) => a + b, 0);
  return {
    indices: [...slopes.keys()],
    weights: weights.map((weight) => (total > 0 ? weight / total : 1 / slopes.length)),
  };
}

/** A vector divided by its length; one of zeros stays. */
function unit(values: Float64Array): Float64Array {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? values : values.map((value) => value / length);
}

const rowsOf = (all: Tensor): Float64Array[] =>
  Array.from({ length: all.shape[0]! }, (_, i) => Float64Array.from(rows(all, i, i + 1).data));
