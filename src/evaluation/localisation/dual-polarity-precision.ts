import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { localisation, maskOf, signOption } from '../metric/shared.js';

export const dualPolarityPrecision = metric({
  ...localisation,
  name: 'dual-polarity-precision',
  doc: "The share of the map's magnitude whose sign agrees with the mask: positive inside, negative outside: the relevance mass of both signs. Of a map without negative values it is the share that is in the mask.",
  paper: cite`Arras, Osman, Samek (2022). CLEVR-XAI: a benchmark dataset for the ground truth evaluation of neural network explanations. doi:10.1016/j.inffus.2021.11.008`,
  options: { sign: signOption('signed') },
  ties: 'there are none: values are summed',
  invariantTo: ['scale'],
  score(scored) {
    const mask = maskOf(scored).data;
    const values = scored.map.data;
    let [agrees, all] = [0, 0];
    for (let p = 0; p < values.length; p++) {
      const value = values[p]!;
      all += Math.abs(value);
      if (mask[p] === 1 ? value > 0 : value < 0) agrees += Math.abs(value);
    }
    return { value: agrees / all };
  },
});
