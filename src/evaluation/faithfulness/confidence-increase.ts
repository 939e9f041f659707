import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { asKept, keptImage } from './kept.js';
import { comparisonOf } from './removal.js';

export const confidenceIncrease = metric({
  ...keptImage,
  name: 'confidence-increase',
  doc: "Whether the target's probability rises when the image is multiplied by the map, scaled from 0 to 1.",
  paper: cite`Chattopadhay, Sarkar, Howlader, Balasubramanian (2018). Grad-CAM++: generalized gradient-based visual explanations for deep convolutional networks. arXiv:1710.11063`,
  binary: true,
  direction: 'higher',
  async score(scored, how) {
    const { image, kept, missing } = await asKept(scored, how);
    return {
      value: kept > image ? 1 : 0,
      ...comparisonOf({ input: image, baseline: missing }, how.quantity, scored.model),
    };
  },
});
