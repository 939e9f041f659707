import { cite } from '../../base/paper.js';
import { seededRandom } from '../../base/random.js';
import type { Classifier } from '../../model/classifier.js';
import { weightedLayers, withRandomWeights } from '../../model/randomise.js';
import { gradient } from '../gradient/gradient.js';
import { method } from '../method.js';

export const randomWeights = method({
  name: 'random-weights',
  family: 'baseline',
  doc: 'The magnitude of the gradient of the same network with random weights: what the architecture shows without any learning.',
  paper: cite`Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim (2018). Sanity checks for saliency maps. arXiv:1810.03292`,
  options: {},
  maps: 'input',
  attribute: (request) =>
    gradient.attribute({
      ...request,
      model: unlearned(request.model, request.seed),
      options: { absolute: true },
    }),
});

const known = new WeakMap<Classifier, Map<number, Classifier>>();

/** The model with all its weights drawn anew; the same one each time, so that its programs are kept. */
function unlearned(model: Classifier, seed: number): Classifier {
  const made = known.get(model) ?? new Map<number, Classifier>();
  known.set(model, made);
  const random = seededRandom(seed).fork('random weights');
  const found = made.get(seed) ?? withRandomWeights(model, weightedLayers(model.graph), 'redraw', random);
  made.set(seed, found);
  return found;
}
