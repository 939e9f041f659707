import { integer, number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { extent } from '../../tensor/quantile.js';
import { descendingOrder } from '../../tensor/rank.js';
import { greyChanges } from '../faithfulness/greys.js';
import { quantityOption } from '../faithfulness/quantity.js';
import { inSteps, stepOptions } from '../faithfulness/removal.js';
import { metric } from '../metric/metric.js';
import { axiomatic } from './shared.js';

export const nonSensitivity = metric({
  ...axiomatic,
  name: 'non-sensitivity',
  doc: 'The share of groups of pixels where the map is zero and the output depends on them, or the map is not zero and the output does not: a pixel without effect should have no attribution, and only such a pixel.',
  paper: cite`Nguyen, Martínez (2020). On quantitative aspects of model interpretability. arXiv:2007.07584`,
  options: {
    ...stepOptions,
    samples: integer({ doc: 'number of random grey values of a group', default: 4, min: 1 }),
    epsilon: number({
      doc: "what counts as zero, as a share of the map's greatest magnitude and of the output's greatest change",
      default: 1e-5,
      min: 0,
    }),
    quantity: quantityOption('logit'),
  },
  range: [0, 1],
  ties: 'tied pixels come in a random order under the seed',
  needs: ['model'],
  invariantTo: ['scale'],
  async score(scored, { steps, pixels: size, samples, epsilon, quantity }) {
    const magnitudes = scored.map.data.map(Math.abs);
    const order = descendingOrder(magnitudes, seededRandom(scored.seed).fork('ties'));
    const groups = inSteps(order, steps, size);
    const random = seededRandom(scored.seed).fork('greys');
    const { low, high } = extent(scored.input!.data);
    const greys = Array.from({ length: samples }, () => low + (high - low) * random.uniform());
    const found = await greyChanges(
      scored,
      groups,
      groups.map(() => greys),
      quantity,
    );
    const changes = found.map((own) => Math.max(...own.map(Math.abs)));
    const [most, greatest] = [extent(magnitudes).high, extent(changes).high];
    const wrong = groups.filter((group, g) => {
      const attributed = group.some((p) => magnitudes[p]! > epsilon * most);
      const depends = changes[g]! > epsilon * greatest;
      return attributed !== depends;
    });
    return { value: wrong.length / groups.length };
  },
});
