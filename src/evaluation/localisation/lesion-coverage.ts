import { cutOfTop } from '../../tensor/rank.js';
import { metric } from '../metric/metric.js';
import { localisation, signOption } from '../metric/shared.js';

export const lesionCoverage = metric({
  ...localisation,
  name: 'lesion-coverage',
  doc: "The share of each connected part of the mask that is among the map's n greatest pixels, where n is the mask's area; the mean over parts, so that a small lesion counts as much as a large one.",
  chance: 'mask-share',
  options: { sign: signOption('signed') },
  ties: 'pixels tied at the cut count in proportion: the expected value where they are drawn at random',
  score(scored) {
    const values = scored.map.data;
    const { cut, share } = cutOfTop(scored.reading.groups(), scored.reading.area());
    const taken = (value: number) => (value > cut ? 1 : value === cut ? share : 0);
    const parts = scored.reading.parts();
    const sum = parts.reduce(
      (all, part) => all + part.reduce((sum, p) => sum + taken(values[p]!), 0) / part.length,
      0,
    );
    return { value: sum / parts.length };
  },
});
