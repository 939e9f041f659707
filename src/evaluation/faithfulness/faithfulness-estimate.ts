import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { descendingOrder } from '../../tensor/rank.js';
import { metric } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { inSteps, replacementOptions, stepOptions } from './removal.js';
import { subsetCorrelation } from './subsets.js';

export const faithfulnessEstimate = metric({
  ...faithfulness,
  name: 'faithfulness-estimate',
  doc: "The correlation of the map's sum over groups of similar values with the drop of the output when a group is removed.",
  paper: cite`Alvarez-Melis, Jaakkola (2018). Towards robust interpretability with self-explaining neural networks. arXiv:1806.07538`,
  options: {
    sign: signOption('signed'),
    ...stepOptions,
    ...replacementOptions('zero', 'probability'),
  },
  direction: 'higher',
  range: [-1, 1],
  ties: 'tied pixels come in a random order under the seed',
  invariantTo: ['scale'],
  score(scored, { steps, pixels, ...how }) {
    const order = descendingOrder(scored.map.data, seededRandom(scored.seed).fork('ties'));
    return subsetCorrelation(scored, inSteps(order, steps, pixels), how);
  },
});
