import { integer } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { spearman } from '../../tensor/correlation.js';
import { extent } from '../../tensor/quantile.js';
import { descendingOrder } from '../../tensor/rank.js';
import { metric, type Score, type Scored, undefinedScore } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { greyChanges } from './greys.js';
import { type Quantity, quantityOption } from './quantity.js';
import { inSteps, stepOptions } from './removal.js';

export const monotonicityCorrelation = metric({
  ...faithfulness,
  name: 'monotonicity-correlation',
  doc: "Spearman's correlation, over groups of pixels of similar value, of the map's sum over a group with the mean squared change of the output when the group takes random grey values.",
  paper: cite`Nguyen, Martínez (2020). On quantitative aspects of model interpretability. arXiv:2007.07584`,
  options: {
    sign: signOption('absolute'),
    ...stepOptions,
    samples: integer({ doc: 'number of random grey values of a group', default: 4, min: 1 }),
    quantity: quantityOption('logit'),
  },
  direction: 'higher',
  range: [-1, 1],
  reads: 'absolute',
  ties: 'tied pixels come in a random order under the seed',
  invariantTo: ['scale'],
  score(scored, { steps, pixels, samples, quantity }) {
    const order = descendingOrder(scored.map.data, seededRandom(scored.seed).fork('ties')).reverse();
    const groups = inSteps(order, steps, pixels);
    const random = seededRandom(scored.seed).fork('greys');
    const { low, high } = extent(scored.input!.data);
    const greys = groups.map(() =>
      Array.from({ length: samples }, () => low + (high - low) * random.uniform()),
    );
    return greyCorrelation(scored, groups, greys, quantity);
  },
});

/** The correlation for groups of pixels, each of which takes its given grey values. */
export async function greyCorrelation(
  scored: Scored,
  groups: readonly Uint32Array[],
  greys: readonly (readonly number[])[],
  quantity: Quantity,
): Promise<Score> {
  const changes = await greyChanges(scored, groups, greys, quantity);
  const sums = groups.map((group) => group.reduce((sum, p) => sum + scored.map.data[p]!, 0));
  const squares = changes.map((own) => own.reduce((sum, change) => sum + change ** 2, 0) / own.length);
  const value = spearman(sums, squares);
  return Number.isNaN(value)
    ? undefinedScore("the map's sums over the groups, or the changes that they make, do not vary")
    : { value, curve: { x: sums, y: squares } };
}
