import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { localisation, maskOf, signOption } from '../metric/shared.js';

export const dualPolarityPrecision = metric({
  ...localisation,
  name: 'dual-polarity-precision',
  doc: "The share of the map's magnitude whose sign agrees with the mask: positive inside, negative outside. Of a map without negative values it is the share that is in the mask (energy-pointing-game).",
  paper: cite`Cedro, Chlebus (2026). Scaling vision models does not consistently improve localisation-based explanation quality. arXiv:2605.10142`,
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
