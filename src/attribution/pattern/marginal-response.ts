import { number, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { checkpoint } from '../../base/run.js';
import { classCount } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { method } from '../method.js';
import { fromMean } from './activation-pattern.js';
import { dataOf, dataOption } from './data.js';

/**
 * An additive surrogate whose parts are marginal: f_j(x_j) = E[f | x_j] - E[f], by a kernel regression over
 * the data. A suppressor has no marginal relation to the output and gets nothing, as with a pattern, but a
 * value that matters by its magnitude, which has no covariance with the output, is seen.
 */
export const marginalResponse = method({
  name: 'marginal-response',
  family: 'pattern',
  doc: 'For each input value, how far the mean of the target output over data with a similar value is from its mean over all data: the parts of an additive surrogate that ignores suppressors.',
  paper: cite`Zien, Krämer, Sonnenburg, Rätsch (2009). The feature importance ranking measure. arXiv:0906.4258`,
  options: {
    data: dataOption,
    width: searched(
      number({
        doc: "of the kernel that says which values are similar, times Silverman's: 1.06 standard deviations over the fifth root of the number of data",
        min: 0.01,
        max: 100,
        default: 1,
      }),
      { from: 0.25, to: 4, draws: 'log' },
    ),
  },
  maps: 'input',
  async attribute({ model, input, targets, options, run }) {
    const data = dataOf(model, options.data, 'marginal-response');
    const raw = await predict(model, data, run);
    const { data: outputs } = model.head.link === 'softmax' ? fromMean(raw) : raw;
    const classes = classCount(model);
    const count = data.shape[0]!;
    const size = data.data.length / count;
    const map = new Float32Array(input.data.length);
    const column = new Float64Array(count);
    for (let p = 0; p < size; p++) {
      if (p % 256 === 0) await checkpoint(run);
      for (let i = 0; i < count; i++) column[i] = data.data[i * size + p]!;
      const width = options.width * silverman(column);
      if (width === 0) continue;
      for (const [row, target] of targets.entries()) {
        const x = input.data[row * size + p]!;
        map[row * size + p] = responseAt(x, column, width, (i) => outputs[i * classes + target]!);
      }
    }
    return {
      map: { data: map, shape: input.shape },
      evaluations: { forward: count / targets.length, backward: 0 },
    };
  },
});

/** Silverman's width for the values of a feature; 0 where all are the same. */
function silverman(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return (1.06 * Math.sqrt(variance)) / values.length ** 0.2;
}

/** The mean of y near x less that of all y. */
function responseAt(x: number, values: Float64Array, width: number, y: (i: number) => number): number {
  let nearest = Infinity;
  for (const value of values) nearest = Math.min(nearest, (value - x) ** 2);
  let [weights, near, all] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    // Relative to the nearest, so that a value beyond all data takes the mean of the nearest.
    const weight = Math.exp((nearest - (values[i]! - x) ** 2) / (2 * width * width));
    weights += weight;
    near += weight * y(i);
    all += y(i);
  }
  return near / weights - all / values.length;
}
