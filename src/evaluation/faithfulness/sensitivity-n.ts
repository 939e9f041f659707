import { integer } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { metric, type Score, undefinedScore } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { replacementOptions } from './removal.js';
import { drawSubsets, subsetCorrelation } from './subsets.js';

export const sensitivityN = metric({
  ...faithfulness,
  name: 'sensitivity-n',
  doc: "The correlation of the map's sum over random subsets of n pixels with the drop of the output when they are removed, averaged over n.",
  paper: cite`Ancona, Ceolini, Öztireli, Gross (2018). Towards better understanding of gradient-based attribution methods for deep neural networks. arXiv:1711.06104`,
  options: {
    sign: signOption('signed'),
    subsets: integer({ doc: 'number of subsets per size', default: 100, min: 3 }),
    sizes: integer({
      doc: 'number of sizes, geometrically spaced from one pixel to four fifths of all',
      default: 6,
      min: 1,
    }),
    ...replacementOptions('zero', 'logit'),
  },
  direction: 'higher',
  range: [-1, 1],
  ties: 'there are none: values are summed',
  invariantTo: ['scale', 'shift'],
  async score(scored, { subsets, sizes, ...how }) {
    const area = scored.map.data.length;
    const random = seededRandom(scored.seed).fork('subsets');
    const curve = { x: [] as number[], y: [] as number[] };
    let comparison: Pick<Score, 'compared' | 'note'> = {};
    for (let i = 1; i <= sizes; i++) {
      const size = Math.max(1, Math.round((0.8 * area) ** (i / sizes)));
      const { value, reason, compared, note } = await subsetCorrelation(
        scored,
        drawSubsets(random, area, size, subsets),
        how,
      );
      comparison = { ...(compared && { compared }), ...(note !== undefined && { note }) };
      if (reason !== undefined) return { ...undefinedScore(`at n = ${size}, ${reason}`), ...comparison };
      curve.x.push(size);
      curve.y.push(value);
    }
    return { value: curve.y.reduce((sum, value) => sum + value, 0) / sizes, curve, ...comparison };
  },
});
