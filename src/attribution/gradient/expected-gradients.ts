import { method } from '../method.js';
import { expectedGradientsOf, gradientShap, gradientShapOptions, shapGraph } from './gradient-shap.js';

const { noise: _, ...options } = gradientShapOptions;

export const expectedGradients = method({
  name: 'expected-gradients',
  family: 'gradient',
  doc: 'The mean over given baselines and positions on the straight path to them of the gradient times the difference.',
  paper: gradientShap.paper!,
  options,
  maps: 'input',
  attribute: (request) => expectedGradientsOf({ ...request, options: { ...request.options, noise: 0 } }),
  graph: (asked) => shapGraph({ ...asked, options: { ...asked.options, noise: 0 } }),
});
