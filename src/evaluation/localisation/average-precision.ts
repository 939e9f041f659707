import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { localisation, signOption } from '../metric/shared.js';

export const averagePrecision = metric({
  ...localisation,
  name: 'average-precision',
  doc: "The area under the precision-recall curve over pixels, summed stepwise over the map's distinct values as thresholds.",
  paper: cite`Davis, Goadrich (2006). The relationship between precision-recall and ROC curves. doi:10.1145/1143844.1143874`,
  options: { sign: signOption('signed') },
  ties: 'tied pixels enter together, at the precision that they have together',
  score(scored) {
    const area = scored.reading.area();
    const { inside, outside } = scored.reading.groups();
    let [hits, taken, sum] = [0, 0, 0];
    for (let i = 0; i < inside.length; i++) {
      const added = inside[i]!;
      hits += added;
      taken += added + outside[i]!;
      sum += added * (hits / taken);
    }
    return { value: sum / area };
  },
});
