import { cite } from '../../base/paper.js';
import { entropyOf } from '../complexity/entropy.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { signOption } from '../metric/shared.js';
import { changesOf, weightsOption } from './changes.js';
import { explainAgain, randomisation } from './shared.js';

export const efficientRandomisation = metric({
  ...randomisation,
  name: 'efficient-randomisation',
  doc: "The relative rise of the map's entropy when all weights of the model are random: a map of what was learned should become less ordered.",
  paper: cite`Hedström, Weber, Lapuschkin, Höhne (2024). Sanity checks revisited: an exploration to repair the model parameter randomisation test. arXiv:2401.06465`,
  options: { sign: signOption('absolute'), weights: weightsOption },
  direction: 'higher',
  range: [-1, Infinity],
  ties: 'there are none: values are summed',
  needs: ['network', 'explain'],
  invariantTo: ['scale'],
  async score(scored, { sign, weights }) {
    const [change] = changesOf(scored.model!, { order: 'cascading', weights, layers: 1, seed: scored.seed });
    if (!change) return undefinedScore('the model has no layer with weights');
    const before = entropyOf(scored.map.data);
    const after = entropyOf((await explainAgain(scored, sign, { change })).data);
    if (Number.isNaN(after)) return undefinedScore('the map of the model with random weights is zero');
    return before === 0
      ? undefinedScore("the map's entropy is 0: it has no relative rise")
      : { value: (after - before) / before };
  },
});
