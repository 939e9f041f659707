import { cite } from '../../base/paper.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { localisation, signOption } from '../metric/shared.js';

export const auroc = metric({
  ...localisation,
  name: 'auroc',
  doc: 'The probability that a random pixel in the mask has a greater value than a random pixel outside it.',
  paper: cite`Hanley, McNeil (1982). The meaning and use of the area under a receiver operating characteristic curve. doi:10.1148/radiology.143.1.7063747`,
  chance: 0.5,
  options: { sign: signOption('signed') },
  ties: 'a tied pair counts one half',
  score(scored) {
    const area = scored.reading.area();
    const rest = scored.map.data.length - area;
    if (rest === 0) return undefinedScore('the mask covers the whole image');
    const { inside, outside } = scored.reading.groups();
    let [hits, pairs] = [0, 0];
    for (let i = 0; i < inside.length; i++) {
      const added = inside[i]!;
      pairs += outside[i]! * (hits + added / 2);
      hits += added;
    }
    return { value: pairs / (area * rest) };
  },
});
