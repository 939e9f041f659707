import { cite } from '../../base/paper.js';
import { borderOf } from '../../model/input/border.js';
import { predict } from '../../model/predict.js';
import type { Floats } from '../../tensor/tensor.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { signOption } from '../metric/shared.js';
import { similarityOption } from '../metric/similarity.js';
import { plausibility } from './shared.js';
import { similarities } from './trained-again.js';

export const mege = metric({
  ...plausibility,
  name: 'mege',
  doc: 'Mean generalisability: one over one plus the mean distance (one minus the similarity) of the map from those of models that were trained again and predict the same class. 1 where they explain alike what they agree on.',
  paper: cite`Fel, Vigouroux, Cadène, Serre (2022). How good is your explanation? Algorithmic stability measures to assess the quality of explanations for deep neural networks. arXiv:2009.04521`,
  options: { sign: signOption('absolute'), similarity: similarityOption('spearman') },
  direction: 'higher',
  reads: 'absolute',
  ties: 'by the similarity: tied pixels share their mean rank',
  needs: ['model', 'explain', 'again'],
  async score(scored, { sign, similarity }) {
    const own = predictedClass((await scored.predict!(scored.input!)).data);
    const agree = [];
    for (const model of scored.again!) {
      const other = predictedClass(
        (await predict(model, borderOf(model).outer(scored.input!), scored.run)).data,
      );
      if (other === own) agree.push(model);
    }
    if (agree.length === 0) return undefinedScore('no model that was trained again predicts the same class');
    const found = await similarities(scored, agree, sign, similarity);
    if (found.length === 0) return undefinedScore('every map of a model that was trained again is flat');
    const distance = found.reduce((sum, value) => sum + 1 - value, 0) / found.length;
    return { value: 1 / (1 + distance) };
  },
});

/** The index of the greatest output; of one output, its side of zero. */
function predictedClass(outputs: Floats): number {
  if (outputs.length === 1) return outputs[0]! > 0 ? 1 : 0;
  return outputs.indexOf(Math.max(...outputs));
}
