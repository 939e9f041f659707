import { cite } from '../../base/paper.js';
import { zPlusRule } from '../../graph/rules/relevance/layer-rules.js';
import { method } from '../method.js';
import { relevance, relevanceGraph, type Walked } from './relevance.js';

const walked: Walked = {
  form: 'merged-before',
  start: 'one',
  choice: { layers: [{ kind: 'any', rule: zPlusRule }], batchNormalisation: 'pass', shift: 'pass' },
};

export const excitationBackprop = method({
  name: 'excitation-backprop',
  family: 'relevance',
  doc: 'A marginal winning probability that starts at the target and descends along excitatory weights alone.',
  paper: cite`Zhang, Bargal, Lin, Brandt, Shen, Sclaroff (2018). Top-down neural attention by excitation backprop. 10.1007/s11263-017-1059-x`,
  options: {},
  maps: 'input',
  attribute: (request) => relevance(request, walked),
  graph: ({ model }) => relevanceGraph(model, walked),
});
