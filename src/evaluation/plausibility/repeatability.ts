import { cite } from '../../base/paper.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { signOption } from '../metric/shared.js';
import { similarityOption } from '../metric/similarity.js';
import { plausibility } from './shared.js';
import { similarities } from './trained-again.js';

export const repeatability = metric({
  ...plausibility,
  name: 'repeatability',
  doc: 'The mean similarity of the map with those of models of the task that were trained again: of another seed (repeatability) or of another network (reproducibility).',
  paper: cite`Arun, Gaw, Singh, et al. (2021). Assessing the trustworthiness of saliency maps for localizing abnormalities in medical imaging. doi:10.1148/ryai.2021200267`,
  options: { sign: signOption('absolute'), similarity: similarityOption('ssim') },
  direction: 'higher',
  range: [-1, 1],
  reads: 'absolute',
  ties: 'by the similarity: tied pixels share their mean rank',
  needs: ['model', 'explain', 'again'],
  async score(scored, { sign, similarity }) {
    const found = await similarities(scored, scored.again!, sign, similarity);
    return found.length === 0
      ? undefinedScore('every map of a model that was trained again is flat')
      : { value: found.reduce((a, b) => a + b, 0) / found.length };
  },
});
