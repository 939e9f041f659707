import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { curveOptions, replacementScore, stepOptions } from './removal.js';

export const insertion = metric({
  ...faithfulness,
  name: 'insertion',
  doc: "The area under the target's probability while pixels are inserted in descending order of the map; baseline=blur begins with a blurred image, as in the paper.",
  paper: cite`Petsiuk, Das, Saenko (2018). RISE: randomized input sampling for explanation of black-box models. arXiv:1806.07421`,
  options: {
    sign: signOption('signed'),
    ...stepOptions,
    // A large or soft finding can still be seen in the blurred image that the paper begins with.
    ...curveOptions('zero', 'probability'),
  },
  direction: 'higher',
  range: [0, 1],
  ties: 'tied pixels come in a random order under the seed',
  invariantTo: ['scale', 'shift', 'monotone'],
  score: (scored, options) => replacementScore(scored, 'insert', options),
});
