import { cite } from '../../base/paper.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { localisation, maskOf, signOption } from '../metric/shared.js';

export const energyPointingGame = metric({
  ...localisation,
  name: 'energy-pointing-game',
  doc: "The share of the map's sum that is in the mask (relevance mass).",
  paper: cite`Wang, Wang, Du, et al. (2020). Score-CAM: score-weighted visual explanations for convolutional neural networks. arXiv:1910.01279`,
  chance: 'mask-share',
  options: { sign: signOption('positive') },
  reads: 'positive',
  ties: 'there are none: values are summed',
  invariantTo: ['scale'],
  score(scored) {
    const mask = maskOf(scored).data;
    const values = scored.map.data;
    let [inside, all] = [0, 0];
    for (let p = 0; p < values.length; p++) {
      all += values[p]!;
      if (mask[p] === 1) inside += values[p]!;
    }
    return all === 0 ? undefinedScore('the values of the map sum to 0') : { value: inside / all };
  },
});
