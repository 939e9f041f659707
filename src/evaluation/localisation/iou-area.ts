import { metric } from '../metric/metric.js';
import { localisation, signOption } from '../metric/shared.js';
import { overlap, overlapOption } from './overlap.js';

/** Most points of the curve for plots; the area is that of all thresholds. */
const POINTS = 256;

export const iouArea = metric({
  ...localisation,
  name: 'iou-area',
  doc: 'The area under the overlap of the mask with the pixels above a threshold, over all thresholds from the minimum to the maximum of the map: no threshold is chosen.',
  options: { sign: signOption('positive'), measure: overlapOption },
  reads: 'positive',
  ties: 'equal values fall on the same side of every threshold',
  invariantTo: ['scale'],
  score(scored, { measure }) {
    const area = scored.reading.area();
    const { low, high } = scored.reading.extent();
    const { values, inside, outside } = scored.reading.groups();
    const [x, y]: [number[], number[]] = [[], []];
    let [both, predicted, value] = [0, 0, 0];
    // Between two neighbouring values the predicted region does not change.
    for (let i = 0; i < values.length; i++) {
      const at = values[i]!;
      both += inside[i]!;
      predicted += inside[i]! + outside[i]!;
      const height = overlap({ predicted, mask: area, both }, measure);
      value += (height * (at - (values[i + 1] ?? low))) / (high - low);
      const place = (at - low) / (high - low);
      if (x.length > 0 && x.at(-1)! - place < 1 / POINTS) continue;
      x.push(place);
      y.push(height);
    }
    return { value, curve: { x: x.reverse(), y: y.reverse() } };
  },
});
