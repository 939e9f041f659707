import { metric } from '../metric/metric.js';
import { countOnes, maskOf, signOption, undefinedFor } from '../metric/shared.js';
import { overlap, overlapOption } from './overlap.js';
import { insideTop } from './top-share.js';

export const iouTopArea = metric({
  name: 'iou-top-area',
  category: 'localisation',
  doc: "Overlap of the mask with as many of the map's greatest pixels as the mask has.",
  options: { sign: signOption('signed'), measure: overlapOption },
  direction: 'higher',
  range: [0, 1],
  reads: 'signed',
  ties: 'pixels tied at the cut count in proportion: the overlap of the expected intersection',
  undefinedFor,
  needs: ['mask'],
  invariantTo: ['scale', 'shift', 'monotone'],
  score(scored, { measure }) {
    const mask = maskOf(scored);
    const area = countOnes(mask);
    const both = insideTop(scored.map.data, mask.data, area);
    return { value: overlap({ predicted: area, mask: area, both }, measure) };
  },
});
