import { cite } from '../../base/paper.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { undefinedFor } from '../metric/shared.js';
import { explainNeighbours, neighbourOptions } from './neighbours.js';

export const maxSensitivity = metric({
  name: 'max-sensitivity',
  category: 'robustness',
  doc: 'How far at most the map moves, as a part of its norm, when the input changes a little.',
  paper: cite`Yeh, Hsieh, Suggala, Inouye, Ravikumar (2019). On the (in)fidelity and sensitivity of explanations. arXiv:1901.09392`,
  options: neighbourOptions,
  direction: 'lower',
  range: [0, Infinity],
  reads: 'signed',
  ties: 'there are none: distances are measured',
  undefinedFor: { ...undefinedFor, emptyMask: 'masks are not read' },
  needs: ['explain'],
  invariantTo: ['scale', 'shift', 'monotone'],
  async score(scored, { samples, radius }) {
    const moves = await explainNeighbours(scored, samples, radius);
    if (moves[0]!.from === 0) return undefinedScore('the explanation of the input is 0 everywhere');
    return { value: Math.max(...moves.map(({ map, from }) => map / from)) };
  },
});
