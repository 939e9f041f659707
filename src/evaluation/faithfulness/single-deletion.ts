import { integer } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { spearman } from '../../tensor/correlation.js';
import { metric } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { gridOf } from './patches.js';
import { replacementOptions } from './removal.js';
import { subsetCorrelation } from './subsets.js';

export const singleDeletion = metric({
  ...faithfulness,
  name: 'single-deletion',
  doc: "Spearman's correlation, over the patches of a grid, of the map's sum over a patch with the drop of the output when this patch alone is removed. In-domain only where the model was trained on images with removed patches.",
  paper: cite`Hesse, Schaub-Meyer, Roth (2024). Benchmarking the attribution quality of vision models. arXiv:2407.11910`,
  options: {
    sign: signOption('signed'),
    grid: integer({ doc: 'patches along each side of the image', default: 4, min: 2 }),
    ...replacementOptions('zero', 'logit'),
  },
  direction: 'higher',
  range: [-1, 1],
  ties: 'there are none: values are summed, and tied sums share their mean rank',
  invariantTo: ['scale'],
  score(scored, { grid, ...how }) {
    const [height, width] = scored.map.shape as readonly [number, number];
    const patches = gridOf(scored.map, Math.ceil(height / grid), Math.ceil(width / grid));
    return subsetCorrelation(scored, patches, how, spearman);
  },
});
