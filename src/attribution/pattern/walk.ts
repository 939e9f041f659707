import type { OptionValues } from '../../base/options.js';
import { choice, searched } from '../../base/options.js';
import { quietly } from '../../base/run.js';
import type { Builder } from '../../graph/builder.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import type { MapAsked, MapGraph, WalkBack } from '../map-graph.js';
import type { Attribution, Request } from '../method.js';
import { explained, oneHot, seedName } from '../program/explain.js';
import { dataOf, dataOption } from './data.js';
import { estimators, type Patterns, patternsOf } from './patterns.js';
import { type Propagated, patternRules } from './rules.js';

export const walkOptions = {
  data: dataOption,
  estimator: searched(
    choice(estimators, {
      doc: 'which cases the patterns are estimated from: those in which the neuron is active, all (the covariance of input and output), or those in which it is inactive; or the first, and all in the last layer',
      default: 'plus',
    }),
    { among: ['plus', 'linear', 'minus'] },
  ),
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
      outputs: (builder, walk) => walkNodes(builder, walk, { model, patterns, method, propagated }),
    }),
    input,
    seed: oneHot(targets, classCount(model)),
    run,
  });
  return { map: map!, evaluations: { forward: 1, backward: 1 } };
}

interface Walked {
  readonly model: Classifier;
  readonly patterns: Patterns;
  readonly method: string;
  readonly propagated: Propagated;
}

/** The walk's nodes, from the target's raw output. */
function walkNodes(
  { mul }: Builder,
  walk: WalkBack,
  { model, patterns, method, propagated }: Walked,
): { readonly map: string } {
  const ruleFor = patternRules(model.graph, patterns, propagated);
  const found = walk({ method, ruleFor, start: mul(seedName, model.output), engine: 'any' });
  return { map: found[model.input.name]! };
}

/** The same walk as a graph, which holds the patterns of the data. */
export async function patternGraph(
  { model: given, options }: MapAsked<OptionValues<typeof walkOptions>>,
  method: string,
  propagated: Propagated,
): Promise<MapGraph> {
  const data = dataOf(given, options.data, method);
  const model = inForm(given, 'merged-before');
  const patterns = await patternsOf(model, data, options.estimator, quietly);
  return {
    model,
    nodes: (builder, walk) => walkNodes(builder, walk, { model, patterns, method, propagated }),
  };
}
