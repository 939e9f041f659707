import { integer, number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { metric } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { replacementOptions } from './removal.js';
import { drawSubsets, subsetCorrelation } from './subsets.js';

export const faithfulnessCorrelation = metric({
  ...faithfulness,
  name: 'faithfulness-correlation',
  doc: "The correlation of the map's sum over random subsets of one size with the drop of the output when they are removed.",
  paper: cite`Bhatt, Weller, Moura (2020). Evaluating and aggregating feature-based model explanations. arXiv:2005.00631`,
  options: {
    sign: signOption('signed'),
    subsets: integer({ doc: 'number of subsets', default: 100, min: 3 }),
    size: number({ doc: 'size of a subset as a share of the image', default: 0.05, min: 0, max: 1 }),
    ...replacementOptions('zero', 'probability'),
  },
  direction: 'higher',
  range: [-1, 1],
  ties: 'there are none: values are summed',
  invariantTo: ['scale', 'shift'],
  score(scored, { subsets, size, ...how }) {
    const area = scored.map.data.length;
    const random = seededRandom(scored.seed).fork('subsets');
    const drawn = drawSubsets(random, area, Math.max(1, Math.round(size * area)), subsets);
    return subsetCorrelation(scored, drawn, how);
  },
});
