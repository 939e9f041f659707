import { number } from '../../base/options.js';
import { quantile } from '../../tensor/quantile.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { localisation, maskOf, signOption } from '../metric/shared.js';
import { countAbove, overlap, overlapOption } from './overlap.js';

export const iouQuantile = metric({
  ...localisation,
  name: 'iou-quantile',
  doc: 'Overlap of the mask with the pixels above a quantile of the map.',
  options: {
    sign: signOption('signed'),
    measure: overlapOption,
    quantile: number({ doc: 'share of pixels below the threshold', default: 0.95, min: 0, max: 1 }),
  },
  ties: 'pixels tied at the quantile are not predicted; undefined where none is left',
  invariantTo: ['scale', 'shift'],
  score(scored, { measure, quantile: at }) {
    const counts = countAbove(scored.map.data, maskOf(scored).data, quantile(scored.map.data, at));
    return counts.predicted === 0
      ? undefinedScore(`no pixel is above the quantile ${at} of the map`)
      : { value: overlap(counts, measure) };
  },
});
