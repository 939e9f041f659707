import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { curveOptions, replacementScore, stepOptions } from './removal.js';

export const deletion = metric({
  ...faithfulness,
  name: 'deletion',
  doc: "The area under the target's probability while pixels are removed in descending order of the map.",
  paper: cite`Petsiuk, Das, Saenko (2018). RISE: randomized input sampling for explanation of black-box models. arXiv:1806.07421`,
  options: {
    sign: signOption('signed'),
    ...stepOptions,
    ...curveOptions('zero', 'probability'),
  },
  direction: 'lower',
  range: [0, 1],
  ties: 'tied pixels come in a random order under the seed',
  invariantTo: ['scale', 'shift', 'monotone'],
  score: (scored, options) => replacementScore(scored, 'delete', options),
});
