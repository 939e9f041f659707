import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { signOption } from '../metric/shared.js';
import { byMagnitude, similarityOf, similarityOption } from '../metric/similarity.js';
import { explainAgain, randomisation } from './shared.js';

export const randomLogit = metric({
  ...randomisation,
  name: 'random-logit',
  doc: 'The similarity of the map with that of another output drawn at random: a map that explains the target should differ. Of two outputs that sum to a constant, maps that read magnitudes are the same by definition.',
  paper: cite`Sixt, Granz, Landgraf (2020). When explanations lie: why many modified BP attributions fail. arXiv:1912.09818`,
  options: { sign: signOption('absolute'), similarity: similarityOption('spearman') },
  ties: 'by the similarity: tied pixels share their mean rank',
  needs: ['model', 'explain'],
  invariantTo: ['scale'],
  async score(scored, { sign, similarity }) {
    const classes = (await scored.predict!(scored.input!)).shape[1]!;
    if (classes < 2) return undefinedScore('the model has one output, and no other to explain');
    const drawn = seededRandom(scored.seed)
      .fork('output')
      .below(classes - 1);
    const target = drawn < scored.target! ? drawn : drawn + 1;
    const value = similarityOf(
      byMagnitude(scored.map),
      await explainAgain(scored, sign, { target }),
      similarity,
    );
    return Number.isNaN(value) ? undefinedScore('the map of the other output is flat') : { value };
  },
});
