import { flag, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { method } from '../method.js';
import { inputGraph, inputPass, gradient as rules } from '../program/backward.js';

const pass = { method: 'gradient', ruleFor: rules };

export const gradient = method({
  name: 'gradient',
  family: 'gradient',
  doc: 'The derivative of the target output by each input value.',
  paper: cite`Simonyan, Vedaldi, Zisserman (2014). Deep inside convolutional networks: visualising image classification models and saliency maps. arXiv:1312.6034`,
  options: {
    absolute: searched(flag({ doc: 'give the absolute value', default: false }), { among: [true, false] }),
  },
  maps: 'input',
  async attribute(request) {
    const map = await inputPass(request, pass);
    const data = request.options.absolute ? map.data.map(Math.abs) : map.data;
    return { map: { data, shape: map.shape }, evaluations: { forward: 1, backward: 1 } };
  },
  graph: ({ model, options }) =>
    inputGraph(model, pass, (builder, slope) => (options.absolute ? builder.abs(slope) : slope)),
});
