import { flag, integer } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { insideTop } from '../../tensor/rank.js';
import { metric } from '../metric/metric.js';
import { localisation, signOption } from '../metric/shared.js';

export const topKIntersection = metric({
  ...localisation,
  name: 'top-k-intersection',
  doc: "The share of the map's k greatest pixels that is in the mask.",
  paper: cite`Theiner, Müller-Budack, Ewerth (2022). Interpretable semantic photo geolocation. arXiv:2104.14995`,
  chance: 'mask-share',
  options: {
    sign: signOption('signed'),
    k: integer({ doc: 'number of pixels, at most all', default: 100, min: 1 }),
    conceptInfluence: flag({
      doc: "divide by the mask's share of the image, so that 1 is chance level; values may exceed 1",
      default: false,
    }),
  },
  ties: 'pixels tied at the cut count in proportion: the expected value where they are drawn at random',
  score(scored, { k, conceptInfluence: influence }) {
    const size = scored.map.data.length;
    const count = Math.min(k, size);
    const part = insideTop(scored.reading.groups(), count) / count;
    return { value: influence ? part / (scored.reading.area() / size) : part };
  },
});
