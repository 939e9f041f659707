import { integer, number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { metric } from '../metric/metric.js';
import { signOption, undefinedFor } from '../metric/shared.js';
import { baselineOption, sigmaOption } from './pixels.js';
import { quantityOption } from './quantity.js';
import { drawSubsets, subsetCorrelation } from './subsets.js';

export const faithfulnessCorrelation = metric({
  name: 'faithfulness-correlation',
  category: 'faithfulness',
  doc: "The correlation of the map's sum over random subsets of one size with the drop when they are removed.",
  paper: cite`Bhatt, Weller, Moura (2020). Evaluating and aggregating feature-based model explanations. arXiv:2005.00631`,
  options: {
    sign: signOption('signed'),
    subsets: integer({ doc: 'how many subsets', default: 100, min: 3 }),
    size: number({ doc: "the subset's part of the image", default: 0.05, min: 0, max: 1 }),
    baseline: baselineOption('zero'),
    sigma: sigmaOption,
    quantity: quantityOption('probability'),
  },
  direction: 'higher',
  range: [-1, 1],
  reads: 'signed',
  ties: 'there are none: values are summed',
  undefinedFor: { ...undefinedFor, emptyMask: 'masks are not read' },
  needs: ['model'],
  invariantTo: ['scale', 'shift'],
  score(scored, { subsets, size, ...how }) {
    const area = scored.map.data.length;
    const random = seededRandom(scored.seed).fork('subsets');
    return subsetCorrelation(
      scored,
      drawSubsets(random, area, Math.max(1, Math.round(size * area)), subsets),
      how,
    );
  },
});
