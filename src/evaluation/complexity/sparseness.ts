import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { complexity, signOption } from '../metric/shared.js';

export const sparseness = metric({
  ...complexity,
  name: 'sparseness',
  doc: "The Gini index of the map's magnitudes: 0 where all are equal, near 1 where one pixel has everything.",
  paper: cite`Chalasani, Chen, Chowdhury, Jha, Wu (2020). Concise explanations of neural networks using adversarial training. arXiv:1810.06583`,
  options: { sign: signOption('absolute') },
  direction: 'higher',
  range: [0, 1],
  ties: 'their order makes no difference',
  score({ map }) {
    const sorted = map.data.map(Math.abs).sort();
    const total = sorted.reduce((sum, value) => sum + value, 0);
    const weighted = sorted.reduce((sum, value, i) => sum + (2 * (i + 1) - sorted.length - 1) * value, 0);
    return { value: weighted / (sorted.length * total) };
  },
});
