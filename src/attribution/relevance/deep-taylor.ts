import type { OptionValues } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { wSquareRule, zBoxRule, zPlusRule } from '../../graph/rules/relevance/layer-rules.js';
import type { Classifier } from '../../model/classifier.js';
import { method } from '../method.js';
import { boundOf, lrpOptions } from './lrp.js';
import { relevance, relevanceGraph, type Walked } from './relevance.js';

const options = {
  low: {
    ...lrpOptions.low,
    doc: 'least value of the input; without bounds the first layer shares by squared weights',
  },
  high: { ...lrpOptions.high, doc: 'greatest value of the input' },
};

function walkOf({ low, high }: OptionValues<typeof options>, model: Classifier): Walked {
  const bounded = low !== undefined || high !== undefined;
  const first = bounded ? zBoxRule(boundOf(low, 0, model), boundOf(high, 1, model)) : wSquareRule;
  return {
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
  };
}

export const deepTaylor = method({
  name: 'deep-taylor',
  family: 'relevance',
  doc: "Deep Taylor decomposition: the target's output shared out by positive contributions; biases keep nothing.",
  paper: cite`Montavon, Lapuschkin, Binder, Samek, Müller (2017). Explaining nonlinear classification decisions with deep Taylor decomposition. 10.1016/j.patcog.2016.11.008`,
  options,
  maps: 'input',
  attribute: (request) => relevance(request, walkOf(request.options, request.model)),
  graph: ({ model, options }) => relevanceGraph(model, walkOf(options, model)),
});
