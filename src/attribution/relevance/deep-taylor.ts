import { cite } from '../../base/paper.js';
import { wSquareRule, zBoxRule, zPlusRule } from '../../graph/rules/relevance/layer-rules.js';
import { method } from '../method.js';
import { boundOf, lrpOptions } from './lrp.js';
import { relevance } from './relevance.js';

export const deepTaylor = method({
  name: 'deep-taylor',
  family: 'relevance',
  doc: "Deep Taylor decomposition: the target's output shared out by positive contributions; biases keep nothing.",
  paper: cite`Montavon, Lapuschkin, Binder, Samek, Müller (2017). Explaining nonlinear classification decisions with deep Taylor decomposition. 10.1016/j.patcog.2016.11.008`,
  options: {
    low: {
      ...lrpOptions.low,
      doc: 'least value of the input; without bounds the first layer shares by squared weights',
    },
    high: { ...lrpOptions.high, doc: 'greatest value of the input' },
  },
  maps: 'input',
  attribute(request) {
    const { options, model } = request;
    const bounded = options.low !== undefined || options.high !== undefined;
    const first = bounded
      ? zBoxRule(boundOf(options.low, 0, model), boundOf(options.high, 1, model))
      : wSquareRule;
    return relevance(request, {
      form: 'merged',
      start: 'output',
      choice: {
        layers: [
          { kind: 'any', position: 'first', rule: first },
          { kind: 'any', rule: zPlusRule },
        ],
        zeroBias: true,
        batchNormalisation: 'pass',
        shift: 'pass',
      },
    });
  },
});
