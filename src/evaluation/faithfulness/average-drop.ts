import { cite } from '../../base/paper.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { asKept } from './kept.js';
import { comparisonOf, replacementOptions } from './removal.js';

export const averageDrop = metric({
  ...faithfulness,
  name: 'average-drop',
  doc: "The share of the target's probability that is lost when the image is multiplied by the map, scaled from 0 to 1 (zero where it rises).",
  paper: cite`Chattopadhay, Sarkar, Howlader, Balasubramanian (2018). Grad-CAM++: generalized gradient-based visual explanations for deep convolutional networks. arXiv:1710.11063`,
  options: { sign: signOption('positive'), ...replacementOptions('zero', 'probability') },
  direction: 'lower',
  range: [0, 1],
  reads: 'positive',
  ties: 'there are none: values are multiplied',
  invariantTo: ['scale'],
  async score(scored, how) {
    const { image, kept, missing } = await asKept(scored, how);
    const about = comparisonOf({ input: image, baseline: missing }, how.quantity);
    return image > 0
      ? { value: Math.min(1, Math.max(0, image - kept) / image), ...about }
      : {
          ...undefinedScore(`the target's ${how.quantity} is not positive: no share of it can be lost`),
          ...about,
        };
  },
});
