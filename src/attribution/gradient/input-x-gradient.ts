import { cite } from '../../base/paper.js';
import { method } from '../method.js';
import { gradient, inputGraph, inputPass } from '../program/backward.js';

const pass = { method: 'gradient', ruleFor: gradient };

export const inputXGradient = method({
  name: 'input-x-gradient',
  family: 'gradient',
  doc: 'The input times the derivative of the target output by it.',
  paper: cite`Shrikumar, Greenside, Shcherbina, Kundaje (2016). Not just a black box: learning important features through propagating activation differences. arXiv:1605.01713`,
  options: {},
  maps: 'input',
  async attribute(request) {
    const { data, shape } = await inputPass(request, pass);
    return {
      map: { data: data.map((g, i) => g * request.input.data[i]!), shape },
      evaluations: { forward: 1, backward: 1 },
    };
  },
  graph: ({ model }) => inputGraph(model, pass, ({ mul }, slope, image) => mul(slope, image)),
});
