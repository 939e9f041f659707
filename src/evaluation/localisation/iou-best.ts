import { choice } from '../../base/options.js';
import { quantileOf } from '../../tensor/rank.js';
import { metric } from '../metric/metric.js';
import { localisation, signOption } from '../metric/shared.js';
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
    const area = scored.reading.area();
    const groups = scored.reading.groups();
    const { values, inside, outside } = groups;
    const cuts =
      thresholds === 'every' ? undefined : Array.from({ length: 101 }, (_, i) => quantileOf(groups, i / 100));
    let [both, predicted, best] = [0, 0, 0];
    for (let i = 0; i < values.length; i++) {
      both += inside[i]!;
      predicted += inside[i]! + outside[i]!;
      // Pixels outside the mask alone make the overlap smaller.
      if (cuts ? !cuts.some((cut) => cut <= values[i]! && !(cut <= values[i + 1]!)) : inside[i] === 0)
        continue;
      best = Math.max(best, overlap({ predicted, mask: area, both }, measure));
    }
    return { value: best };
  },
});
