import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { explainNeighbours, robustness } from './neighbours.js';

export const localLipschitz = metric({
  ...robustness,
  name: 'local-lipschitz',
  doc: "The maximum ratio of the map's change to the input's change.",
  paper: cite`Alvarez-Melis, Jaakkola (2018). On the robustness of interpretability methods. arXiv:1806.08049`,
  async score(scored, { samples, radius }) {
    const moves = await explainNeighbours(scored, samples, radius);
    return { value: Math.max(...moves.map(({ map, input }) => map / input)) };
  },
});
