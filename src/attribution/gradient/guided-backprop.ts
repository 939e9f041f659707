import type { Rule } from '../../graph/backward.js';
import { scalar } from '../../graph/elements.js';
import { gradient, inputPass, type RuleChoice } from '../backward.js';
import { method } from '../method.js';
import { isRectifier } from './rectifiers.js';

/** dx = max(dy, 0) where the rectifier passes. */
const guided =
  (rule: Rule): Rule =>
  (node, [dy], walk) =>
    rule(node, [walk.emit('Max', [dy!, walk.constant(scalar(0))])], walk);

const ruleFor: RuleChoice = (node) => {
  const rule = gradient(node);
  return rule && isRectifier(node) ? guided(rule) : rule;
};

export const guidedBackprop = method({
  name: 'guided-backprop',
  family: 'gradient',
  doc: 'The gradient, with negative ones stopped at every rectifier (ReLU, ReLU6).',
  paper: {
    authors: 'Springenberg, Dosovitskiy, Brox, Riedmiller',
    year: 2015,
    title: 'Striving for simplicity: the all convolutional net',
    id: 'arXiv:1412.6806',
  },
  options: {},
  maps: 'input',
  async attribute(request) {
    const pass = { method: 'guided-backprop', ruleFor };
    const map = await inputPass(request, pass, request.input, request.targets);
    return { map, evaluations: { forward: 1, backward: 1 } };
  },
});
