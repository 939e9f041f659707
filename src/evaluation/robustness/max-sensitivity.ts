import { cite } from '../../base/paper.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { explainNeighbours, robustness } from './neighbours.js';

export const maxSensitivity = metric({
  ...robustness,
  name: 'max-sensitivity',
  doc: 'The maximum change of the map, relative to its norm, under small changes of the input.',
  paper: cite`Yeh, Hsieh, Suggala, Inouye, Ravikumar (2019). On the (in)fidelity and sensitivity of explanations. arXiv:1901.09392`,
  async score(scored, { samples, radius }) {
    const moves = await explainNeighbours(scored, samples, radius);
    if (moves[0]!.from === 0) return undefinedScore('the explanation of the input is 0 everywhere');
    return { value: Math.max(...moves.map(({ map, from }) => map / from)) };
  },
});
