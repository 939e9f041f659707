import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { descendingOrder } from '../../tensor/rank.js';
import { metric } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { comparisonOf, curveOptions, replace } from './removal.js';

/** Shares of the pixels that are kept. */
const KEPT = [0.01, 0.05, 0.1, 0.2, 0.5];

export const sufficiency = metric({
  ...faithfulness,
  name: 'sufficiency',
  doc: "How much of the target's probability is lost when only the map's greatest pixels are kept: the mean over 1, 5, 10, 20 and 50 % of the pixels. What the map shows is sufficient where nothing is lost.",
  paper: cite`DeYoung, Jain, Rajani, et al. (2020). ERASER: a benchmark to evaluate rationalized NLP models. arXiv:1911.03429`,
  options: { sign: signOption('signed'), ...curveOptions('zero', 'probability') },
  direction: 'lower',
  range: [-1, 1],
  ties: 'tied pixels come in a random order under the seed',
  invariantTo: ['scale', 'shift', 'monotone'],
  async score(scored, how) {
    const order = descendingOrder(scored.map.data, seededRandom(scored.seed).fork('ties'));
    const ends = KEPT.map((share) => Math.max(1, Math.round(share * order.length)));
    const steps = ends.map((end, i) => order.subarray(ends[i - 1] ?? 0, end));
    const { curve, ends: compared, saturation } = await replace(scored, 'insert', steps, how);
    const lost = curve.y.slice(1).map((value) => compared.input - value);
    const value = lost.reduce((sum, each) => sum + each, 0) / lost.length;
    return { value, curve, ...comparisonOf(compared, how.quantity, scored.model, saturation) };
  },
});
