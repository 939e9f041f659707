import { choice } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { descendingOrder } from '../../tensor/rank.js';
import { metric } from '../metric/metric.js';
import { faithfulness, signOption } from '../metric/shared.js';
import { comparisonOf, curveOptions, inSteps, replace, stepOptions } from './removal.js';

export const monotonicity = metric({
  ...faithfulness,
  name: 'monotonicity',
  doc: "Whether the target's probability never falls while pixels are added to the baseline in ascending order of the map: the share of steps at which it does not. Where every pixel raises the output, all maps have 1.",
  paper: cite`Arya, Bellamy, Chen, et al. (2019). One explanation does not fit all: a toolkit and taxonomy of AI explainability techniques. arXiv:1909.03012`,
  options: {
    sign: signOption('signed'),
    ...stepOptions,
    ...curveOptions('zero', 'probability'),
    measure: choice(['share', 'all'], {
      doc: 'the share of steps that do not lower the output, or 1 where no step does and else 0 (as in the paper)',
      default: 'share',
    }),
  },
  direction: 'higher',
  range: [0, 1],
  ties: 'tied pixels come in a random order under the seed',
  invariantTo: ['scale', 'shift', 'monotone'],
  async score(scored, { steps, pixels, measure, ...how }) {
    const order = descendingOrder(scored.map.data, seededRandom(scored.seed).fork('ties')).reverse();
    const { curve, ends, saturation } = await replace(scored, 'insert', inSteps(order, steps, pixels), how);
    const rises = curve.y.slice(1).filter((value, i) => value >= curve.y[i]!).length;
    const share = rises / (curve.y.length - 1);
    const value = measure === 'share' ? share : share === 1 ? 1 : 0;
    return { value, curve, ...comparisonOf(ends, how.quantity, scored.model, saturation) };
  },
});
