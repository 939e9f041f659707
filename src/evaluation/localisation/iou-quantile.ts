import { number } from '../../base/options.js';
import { quantileOf } from '../../tensor/rank.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { localisation, signOption } from '../metric/shared.js';
import { countsAbove, fillOption, overlap, overlapOption } from './overlap.js';

export const iouQuantile = metric({
  ...localisation,
  name: 'iou-quantile',
  doc: 'Overlap of the mask with the pixels above a quantile of the map.',
  options: {
    sign: signOption('signed'),
    measure: overlapOption,
    fill: fillOption,
    quantile: number({ doc: 'share of pixels below the threshold', default: 0.95, min: 0, max: 1 }),
  },
  ties: 'pixels tied at the quantile are not predicted; undefined where none is left',
  invariantTo: ['scale', 'shift'],
  score(scored, { measure, fill, quantile: at }) {
    const threshold = quantileOf(scored.reading.groups(), at);
    const counts = countsAbove(scored, threshold, fill);
    return counts.predicted === 0
      ? undefinedScore(`no pixel is above the quantile ${at} of the map`)
      : { value: overlap(counts, measure) };
  },
});
