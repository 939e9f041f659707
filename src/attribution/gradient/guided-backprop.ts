import { cite } from '../../base/paper.js';
import type { Rule, Walk } from '../../graph/backward.js';
import {
  isRectifiedPool,
  prefersTaps,
  rectifiedMaxPoolOf,
} from '../../graph/rules/gradient/preferred/rectified-pool.js';
import type { Classifier } from '../../model/classifier.js';
import type { RuleChoice } from '../map-graph.js';
import { method } from '../method.js';
import { gradient, inputGraph, inputPass } from '../program/backward.js';
import { type Rectifies, rectifierNotes, rectifiersOf } from './rectifiers.js';

const positive = ({ relu }: Walk, value: string) => relu(value);

/** dx = max(dy, 0) where x > 0, else 0. */
const guided =
  (rule: Rule): Rule =>
  (node, [dy], walk) =>
    rule(node, [positive(walk, dy!)], walk);

/**
 * The gradient's rules with guided rectifiers. When a rectifier was moved behind its max pooling, masks the
 * input gradient of the pooling there, after the sum over windows that share a maximum.
 */
const ruleFor =
  (isRectifier: Rectifies): RuleChoice =>
  (node) => {
    const rule = gradient(node);
    if (typeof rule !== 'function') return rule;
    if (isRectifiedPool(node)) return pooled(rule);
    return (target, gradients, walk) => {
      if (!isRectifier(target, walk)) return rule(target, gradients, walk);
      const before = walk.madeBy(target.inputs[0]!);
      return (before && isRectifiedPool(before) ? rule : guided(rule))(target, gradients, walk);
    };
  };

const pooled =
  (rule: Rule): Rule =>
  (node, gradients, walk) =>
    prefersTaps(node, walk)
      ? rectifiedMaxPoolOf(positive)(node, gradients, walk)
      : [positive(walk, rule(node, gradients, walk)[0]!)];

export const guidedPass = ({ graph }: Classifier) => ({
  method: 'guided-backprop',
  ruleFor: ruleFor(rectifiersOf(graph)),
  poolsFirst: true,
});

export const guidedBackprop = method({
  name: 'guided-backprop',
  family: 'gradient',
  doc: 'The gradient, with negative ones stopped at every rectifier (ReLU, ReLU6); other activations keep their own.',
  paper: cite`Springenberg, Dosovitskiy, Brox, Riedmiller (2015). Striving for simplicity: the all convolutional net. arXiv:1412.6806`,
  options: {},
  maps: 'input',
  async attribute(request) {
    const map = await inputPass(request, guidedPass(request.model));
    const notes = rectifierNotes(request.model);
    return { map, notes, evaluations: { forward: 1, backward: 1 } };
  },
  graph: ({ model }) => inputGraph(model, guidedPass(model)),
});
