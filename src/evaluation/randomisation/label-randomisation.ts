import { cite } from '../../base/paper.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { signOption } from '../metric/shared.js';
import { byMagnitude, similarityOf, similarityOption } from '../metric/similarity.js';
import { explainAgain, randomisation } from './shared.js';

export const labelRandomisation = metric({
  ...randomisation,
  name: 'label-randomisation',
  doc: 'The similarity of the map with that of the same network trained on shuffled labels: a map that depends on what the labels teach should differ.',
  paper: cite`Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim (2018). Sanity checks for saliency maps. arXiv:1810.03292`,
  options: { sign: signOption('absolute'), similarity: similarityOption('spearman') },
  ties: 'by the similarity: tied pixels share their mean rank',
  needs: ['model', 'explain', 'shuffled'],
  invariantTo: ['scale'],
  async score(scored, { sign, similarity }) {
    const change = () => scored.shuffled!;
    const other = await explainAgain(scored, sign, { change });
    const value = similarityOf(byMagnitude(scored.map), other, similarity);
    return Number.isNaN(value)
      ? undefinedScore('the map of the model trained on shuffled labels is flat')
      : { value };
  },
});
