import { cite } from '../../base/paper.js';
import { insideTop } from '../../tensor/rank.js';
import { metric } from '../metric/metric.js';
import { localisation, signOption } from '../metric/shared.js';

export const relevanceRank = metric({
  ...localisation,
  name: 'relevance-rank',
  doc: "The share of the map's n greatest pixels that is in the mask, where n is the mask's area.",
  paper: cite`Arras, Osman, Samek (2022). CLEVR-XAI: a benchmark dataset for the ground truth evaluation of neural network explanations. doi:10.1016/j.inffus.2021.11.008`,
  chance: 'mask-share',
  options: { sign: signOption('signed') },
  ties: 'pixels tied at the cut count in proportion: the expected value where they are drawn at random',
  score(scored) {
    const area = scored.reading.area();
    return { value: insideTop(scored.reading.groups(), area) / area };
  },
});
