import { cite } from '../../base/paper.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { asKept, keptImage } from './kept.js';
import { comparisonOf } from './removal.js';

export const averageGain = metric({
  ...keptImage,
  name: 'average-gain',
  doc: 'The share of the missing probability of the target that is won when the image is multiplied by the map, scaled from 0 to 1 (zero where it falls).',
  paper: cite`Zhang, Torres, Sicre, Avrithis, Ayache (2024). Opti-CAM: optimizing saliency maps for interpretability. arXiv:2301.07002`,
  direction: 'higher',
  async score(scored, how) {
    const { image, kept, missing } = await asKept(scored, how);
    const about = comparisonOf({ input: image, baseline: missing }, how.quantity, scored.model);
    return image < 1
      ? { value: Math.min(1, Math.max(0, kept - image) / (1 - image)), ...about }
      : { ...undefinedScore(`the target's ${how.quantity} is ${image}: nothing can be won`), ...about };
  },
});
