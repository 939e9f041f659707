import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { undefinedFor } from '../metric/shared.js';
import { explainNeighbours, neighbourOptions } from './neighbours.js';

export const localLipschitz = metric({
  name: 'local-lipschitz',
  category: 'robustness',
  doc: 'How far at most the map moves for the distance that the input moved.',
  paper: cite`Alvarez-Melis, Jaakkola (2018). On the robustness of interpretability methods. arXiv:1806.08049`,
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
    return { value: Math.max(...moves.map(({ map, input }) => map / input)) };
  },
});
