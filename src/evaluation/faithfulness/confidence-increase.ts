import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { asKept } from './kept.js';
import { comparisonOf, replacementOptions } from './removal.js';

export const confidenceIncrease = metric({
  ...faithfulness,
  name: 'confidence-increase',
  doc: "Whether the target's probability rises when the image is multiplied by the map, scaled from 0 to 1.",
  paper: cite`Chattopadhay, Sarkar, Howlader, Balasubramanian (2018). Grad-CAM++: generalized gradient-based visual explanations for deep convolutional networks. arXiv:1710.11063`,
  options: { sign: signOption('positive'), ...replacementOptions('zero', 'probability') },
  binary: true,
  direction: 'higher',
  range: [0, 1],
  reads: 'positive',
  ties: 'there are none: values are multiplied',
  invariantTo: ['scale'],
  async score(scored, how) {
    const { image, kept, missing } = await asKept(scored, how);
    return {
      value: kept > image ? 1 : 0,
      ...comparisonOf({ input: image, baseline: missing }, how.quantity),
    };
  },
});
