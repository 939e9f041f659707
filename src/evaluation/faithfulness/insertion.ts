import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { signOption, undefinedFor } from '../metric/shared.js';
import { baselineOption, sigmaOption } from './pixels.js';
import { quantityOption } from './quantity.js';
import { replacementScore, stepOptions } from './removal.js';

export const insertion = metric({
  name: 'insertion',
  category: 'faithfulness',
  doc: "The area under the target's probability while the map's greatest pixels are put in first.",
  paper: cite`Petsiuk, Das, Saenko (2018). RISE: randomized input sampling for explanation of black-box models. arXiv:1806.07421`,
  options: {
    sign: signOption('signed'),
    ...stepOptions,
    baseline: baselineOption('blur'),
    sigma: sigmaOption,
    quantity: quantityOption('probability'),
  },
  direction: 'higher',
  range: [0, 1],
  reads: 'signed',
  ties: 'tied pixels come in a random order under the seed',
  undefinedFor: { ...undefinedFor, emptyMask: 'masks are not read' },
  needs: ['model'],
  invariantTo: ['scale', 'shift', 'monotone'],
  score: (scored, options) => replacementScore(scored, 'insert', options),
});
