import type { OptionValues } from '../../base/options.js';
import { choice } from '../../base/options.js';
import { classCount } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import type { Attribution, Request } from '../method.js';
import { explained, oneHot, seedName } from '../program/explain.js';
import { dataOf, dataOption } from './data.js';
import { estimators, patternsOf } from './patterns.js';
import { type Propagated, patternRules } from './rules.js';

export const walkOptions = {
  data: dataOption,
  estimator: choice(estimators, {
    doc: 'which cases the patterns are estimated from: those in which the neuron is active, all (the covariance of input and output), or those in which it is inactive',
    default: 'plus',
  }),
};

let numbers = 0;
const numbered = new WeakMap<object, number>();
const numberOf = (patterns: object) => {
  const number = numbered.get(patterns) ?? numbers++;
  numbered.set(patterns, number);
  return number;
};

/** Walks the target's output back to the input by patterns; layers take in BatchNormalization first. */
export async function walkByPatterns(
  { model: given, input, targets, options, run }: Request<OptionValues<typeof walkOptions>>,
  method: string,
  propagated: Propagated,
): Promise<Attribution> {
  const data = dataOf(given, options.data, method);
  const model = inForm(given, 'merged-before');
  const patterns = await patternsOf(model, data, options.estimator, run);
  const { map } = await explained(model, {
    key: `${method} by patterns ${numberOf(patterns)}`,
    program: () => ({
      outputs: ({ mul }, walk) => {
        const ruleFor = patternRules(model.graph, patterns, propagated);
        const found = walk({ method, ruleFor, start: mul(seedName, model.output), engine: 'any' });
        return { map: found[model.input.name]! };
      },
    }),
    input,
    seed: oneHot(targets, classCount(model)),
    run,
  });
  return { map: map!, evaluations: { forward: 1, backward: 1 } };
}
