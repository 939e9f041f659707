import { metric, undefinedScore } from '../metric/metric.js';
import { maskOf, signOption } from '../metric/shared.js';
import { groundTruth } from './shared.js';

export const relevanceInsideWeight = metric({
  ...groundTruth,
  name: 'relevance-inside-weight',
  doc: "The map's mean magnitude inside the mask over its mean magnitude everywhere: 1 by chance, and the image's area over the mask's at most.",
  options: { sign: signOption('absolute') },
  range: [0, Infinity],
  chance: 1,
  ties: 'there are none: values are summed',
  score(scored) {
    const mask = maskOf(scored);
    const values = scored.map.data;
    let [inside, all] = [0, 0];
    for (let p = 0; p < values.length; p++) {
      all += values[p]!;
      inside += values[p]! * mask.data[p]!;
    }
    if (all === 0) return undefinedScore('the values of the map sum to 0');
    return { value: inside / scored.reading.area() / (all / values.length) };
  },
});
