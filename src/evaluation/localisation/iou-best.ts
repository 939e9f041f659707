import { choice } from '../../base/options.js';
import { quantileSorted } from '../../tensor/quantile.js';
import { tieGroups } from '../../tensor/rank.js';
import { metric } from '../metric/metric.js';
import { countOnes, localisation, maskOf, signOption } from '../metric/shared.js';
import { overlap, overlapOption } from './overlap.js';

export const iouBest = metric({
  ...localisation,
  name: 'iou-best',
  doc: 'The best overlap of the mask with the map over all thresholds: an upper bound, because the threshold is chosen by the mask.',
  options: {
    sign: signOption('signed'),
    measure: overlapOption,
    thresholds: choice(['every', 'percentiles'], {
      doc: 'every distinct value of the map, or its 101 percentiles',
      default: 'every',
    }),
  },
  ties: 'equal values fall on the same side of every threshold',
  score(scored, { measure, thresholds }) {
    const mask = maskOf(scored);
    const area = countOnes(mask);
    const { values, inside, outside } = tieGroups(scored.map.data, mask.data);
    const cuts = thresholds === 'every' ? undefined : percentiles(scored.map.data);
    let [both, predicted, best] = [0, 0, 0];
    for (const [i, hits] of inside.entries()) {
      both += hits;
      predicted += hits + outside[i]!;
      if (cuts && !cuts.some((cut) => cut <= values[i]! && !(cut <= values[i + 1]!))) continue;
      best = Math.max(best, overlap({ predicted, mask: area, both }, measure));
    }
    return { value: best };
  },
});

function percentiles(values: Float32Array): readonly number[] {
  const sorted = Float64Array.from(values).sort();
  return Array.from({ length: 101 }, (_, i) => quantileSorted(sorted, i / 100));
}
