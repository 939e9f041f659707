import { cite } from '../../base/paper.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { asKept, keptImage } from './kept.js';
import { comparisonOf } from './removal.js';

export const averageDrop = metric({
  ...keptImage,
  name: 'average-drop',
  doc: "The share of the target's probability that is lost when the image is multiplied by the map, scaled from 0 to 1 (zero where it rises).",
  paper: cite`Chattopadhay, Sarkar, Howlader, Balasubramanian (2018). Grad-CAM++: generalized gradient-based visual explanations for deep convolutional networks. arXiv:1710.11063`,
  direction: 'lower',
  async score(scored, how) {
    const { image, kept, missing } = await asKept(scored, how);
    const about = comparisonOf({ input: image, baseline: missing }, how.quantity, scored.model);
    return image > 0
      ? { value: Math.min(1, Math.max(0, image - kept) / image), ...about }
      : {
          ...undefinedScore(`the target's ${how.quantity} is not positive: no share of it can be lost`),
          ...about,
        };
  },
});
