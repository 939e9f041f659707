import { cite } from '../../base/paper.js';
import { method } from '../method.js';
import { patternGraph, walkByPatterns, walkOptions } from './walk.js';

export const patternNet = method({
  name: 'patternnet',
  family: 'pattern',
  doc: 'The signal in the input that the target output detects: its value walked back by what each neuron responds to in the data, in place of its weights.',
  paper: cite`Kindermans, Schütt, Alber, Müller, Erhan, Kim, Dähne (2018). Learning how to explain neural networks: PatternNet and PatternAttribution. arXiv:1705.05598`,
  options: walkOptions,
  maps: 'input',
  attribute: (request) => walkByPatterns(request, 'patternnet', 'signal'),
  graph: (asked) => patternGraph(asked, 'patternnet', 'signal'),
});
