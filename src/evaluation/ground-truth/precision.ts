import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { signOption } from '../metric/shared.js';
import { groundTruth } from './shared.js';

export const truthPrecision = metric({
  ...groundTruth,
  name: 'precision',
  doc: "The share of the map's n greatest magnitudes, zeros left out, that is in the mask, where n is the mask's area.",
  paper: cite`Clark, Wilming, Haufe (2024). XAI-TRIS: non-linear image benchmarks to quantify false positive post-hoc attribution of feature importance. doi:10.1007/s10994-024-06574-3`,
  options: { sign: signOption('absolute') },
  range: [0, 1],
  chance: 'mask-share',
  ties: 'pixels tied at the cut count in proportion: the expected value where they are drawn at random',
  score(scored) {
    const area = scored.reading.area();
    const { values, inside, outside } = scored.reading.groups();
    let [left, hits] = [area, 0];
    for (let i = 0; i < values.length && left > 0 && values[i]! > 0; i++) {
      const size = inside[i]! + outside[i]!;
      hits += (inside[i]! * Math.min(left, size)) / size;
      left -= Math.min(left, size);
    }
    return { value: hits / area };
  },
});
