import { cite } from '../../base/paper.js';
import type { Rule } from '../../graph/backward.js';
import type { Classifier } from '../../model/classifier.js';
import type { RuleChoice } from '../map-graph.js';
import { method } from '../method.js';
import { gradient, inputGraph, inputPass } from '../program/backward.js';
import { type Rectifies, rectifierNotes, rectifiersOf } from './rectifiers.js';

/** dx = max(dy, 0), independent of x. */
const rectified: Rule = (_, [dy], { relu }) => [relu(dy!)];

const ruleFor =
  (isRectifier: Rectifies): RuleChoice =>
  (node) => {
    const rule = gradient(node);
    if (typeof rule !== 'function') return rule;
    return (target, gradients, walk) =>
      (isRectifier(target, walk) ? rectified : rule)(target, gradients, walk);
  };

const passOf = ({ graph }: Classifier) => ({
  method: 'deconvolution',
  ruleFor: ruleFor(rectifiersOf(graph)),
});

export const deconvolution = method({
  name: 'deconvolution',
  family: 'gradient',
  doc: 'The gradient, with rectifiers (ReLU, ReLU6) applied to what comes back instead of to what went forward; other activations keep their own gradient.',
  paper: cite`Zeiler, Fergus (2014). Visualizing and understanding convolutional networks. arXiv:1311.2901`,
  options: {},
  maps: 'input',
  async attribute(request) {
    const map = await inputPass(request, passOf(request.model));
    const notes = rectifierNotes(request.model);
    return { map, notes, evaluations: { forward: 1, backward: 1 } };
  },
  graph: ({ model }) => inputGraph(model, passOf(model)),
});
