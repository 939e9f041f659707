import { cite } from '../../base/paper.js';
import { method } from '../method.js';
import { patternGraph, walkByPatterns, walkOptions } from './walk.js';

export const patternAttribution = method({
  name: 'patternattribution',
  family: 'pattern',
  doc: 'How much each input value contributes to the target output by the signal in it: the output walked back by weights times what each neuron responds to in the data.',
  paper: cite`Kindermans, Schütt, Alber, Müller, Erhan, Kim, Dähne (2018). Learning how to explain neural networks: PatternNet and PatternAttribution. arXiv:1705.05598`,
  options: walkOptions,
  maps: 'input',
  attribute: (request) => walkByPatterns(request, 'patternattribution', 'relevance'),
  graph: (asked) => patternGraph(asked, 'patternattribution', 'relevance'),
});
