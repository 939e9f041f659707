import { cite } from '../../base/paper.js';
import { distance, norm } from '../../tensor/norm.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { explainNeighbours, neighbourOptions, onRadius, robustness } from './neighbours.js';

export const averageSensitivity = metric({
  ...robustness,
  name: 'average-sensitivity',
  doc: 'The mean change of the map, relative to its norm, under small changes of the input.',
  paper: cite`Yeh, Hsieh, Suggala, Inouye, Ravikumar (2019). On the (in)fidelity and sensitivity of explanations. arXiv:1901.09392`,
  options: neighbourOptions,
  async score(scored, options) {
    const { own, others } = await explainNeighbours(scored, options);
    const size = norm(own.data);
    if (size === 0) return undefinedScore('the explanation of the input is 0 everywhere');
    const value = others.reduce((sum, { map }) => sum + distance(map, own) / size, 0) / others.length;
    return { value, ...onRadius(scored, options.radius) };
  },
});
