import { tieGroups } from '../../tensor/rank.js';
import { metric } from '../metric.js';
import { countOnes, maskOf, signOption, undefinedFor } from '../shared.js';
import { overlap, overlapOption } from './overlap.js';

export const iouBest = metric({
  name: 'iou-best',
  category: 'localisation',
  doc: 'The best overlap of the mask with the map over all thresholds: an upper bound, as it chooses by the answer.',
  options: { sign: signOption('signed'), measure: overlapOption },
  direction: 'higher',
  range: [0, 1],
  reads: 'signed',
  ties: 'equal values fall on the same side of every threshold',
  undefinedFor,
  needs: ['mask'],
  invariantTo: ['scale', 'shift', 'monotone'],
  score(scored, { measure }) {
    const mask = maskOf(scored);
    const area = countOnes(mask);
    const { inside, outside } = tieGroups(scored.map.data, mask.data);
    let [both, predicted, best] = [0, 0, 0];
    for (const [i, hits] of inside.entries()) {
      both += hits;
      predicted += hits + outside[i]!;
      best = Math.max(best, overlap({ predicted, mask: area, both }, measure));
    }
    return { value: best };
  },
});
