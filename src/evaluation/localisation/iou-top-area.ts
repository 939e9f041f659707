import { insideTop } from '../../tensor/rank.js';
import { metric } from '../metric/metric.js';
import { localisation, signOption } from '../metric/shared.js';
import { overlap, overlapOption } from './overlap.js';

export const iouTopArea = metric({
  ...localisation,
  name: 'iou-top-area',
  doc: "Overlap of the mask with the map's n greatest pixels, where n is the mask's area.",
  options: { sign: signOption('signed'), measure: overlapOption },
  ties: 'pixels tied at the cut count in proportion: the overlap of the expected intersection',
  score(scored, { measure }) {
    const area = scored.reading.area();
    const both = insideTop(scored.reading.groups(), area);
    return { value: overlap({ predicted: area, mask: area, both }, measure) };
  },
});
