import { extent } from '../../tensor/quantile.js';
import { tieGroups } from '../../tensor/rank.js';
import { metric } from '../metric/metric.js';
import { countOnes, localisation, maskOf, signOption } from '../metric/shared.js';
import { overlap, overlapOption } from './overlap.js';

export const iouArea = metric({
  ...localisation,
  name: 'iou-area',
  doc: 'The area under the overlap of the mask with the pixels above a threshold, over all thresholds from the minimum to the maximum of the map: no threshold is chosen.',
  options: { sign: signOption('positive'), measure: overlapOption },
  reads: 'positive',
  ties: 'equal values fall on the same side of every threshold',
  invariantTo: ['scale'],
  score(scored, { measure }) {
    const mask = maskOf(scored);
    const area = countOnes(mask);
    const { low, high } = extent(scored.map.data);
    const { values, inside, outside } = tieGroups(scored.map.data, mask.data);
    const [x, y]: [number[], number[]] = [[], []];
    let [both, predicted, value] = [0, 0, 0];
    // Between two neighbouring values the predicted region does not change.
    for (const [i, at] of values.entries()) {
      both += inside[i]!;
      predicted += inside[i]! + outside[i]!;
      const height = overlap({ predicted, mask: area, both }, measure);
      value += (height * (at - (values[i + 1] ?? low))) / (high - low);
      x.push((at - low) / (high - low));
      y.push(height);
    }
    return { value, curve: { x: x.reverse(), y: y.reverse() } };
  },
});
