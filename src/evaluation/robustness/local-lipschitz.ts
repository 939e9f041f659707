import { choice } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { distance } from '../../tensor/norm.js';
import { metric } from '../metric/metric.js';
import { byMagnitude } from '../metric/similarity.js';
import { explainNeighbours, inputOf, neighbourOptions, robustness } from './neighbours.js';

export const localLipschitz = metric({
  ...robustness,
  name: 'local-lipschitz',
  doc: "The maximum ratio of the map's change to the input's change.",
  paper: cite`Alvarez-Melis, Jaakkola (2018). On the robustness of interpretability methods. arXiv:1806.08049`,
  options: {
    ...neighbourOptions,
    maps: choice(['raw', 'scaled'], {
      doc: 'maps as they are, or each divided by its greatest magnitude, so that methods of different scales compare',
      default: 'raw',
    }),
  },
  async score(scored, { maps, ...options }) {
    const { own, others } = await explainNeighbours(scored, options);
    const read = maps === 'scaled' ? byMagnitude : (map: typeof own) => map;
    const ratios = others.map(
      ({ input, map }) => distance(read(map), read(own)) / distance(input, inputOf(scored)),
    );
    return { value: Math.max(...ratios) };
  },
});
