import { cite } from '../../base/paper.js';
import { method } from '../method.js';
import { gradient, inputPass } from '../program/backward.js';

export const inputXGradient = method({
  name: 'input-x-gradient',
  family: 'gradient',
  doc: 'The input times the derivative of the target output by it.',
  paper: cite`Shrikumar, Greenside, Shcherbina, Kundaje (2016). Not just a black box: learning important features through propagating activation differences. arXiv:1605.01713`,
  options: {},
  maps: 'input',
  async attribute(request) {
    const { data, shape } = await inputPass(request, { method: 'gradient', ruleFor: gradient });
    return {
      map: { data: data.map((g, i) => g * request.input.data[i]!), shape },
      evaluations: { forward: 1, backward: 1 },
    };
  },
});
