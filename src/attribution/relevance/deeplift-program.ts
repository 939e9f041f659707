import type { RunContext } from '../../base/run.js';
import { runRows } from '../../engine/run-rows.js';
import { backward } from '../../graph/backward.js';
import { extend } from '../../graph/builder.js';
import type { Graph } from '../../graph/graph.js';
import { type MultiplierRuleName, multiplierRules, pair } from '../../graph/rules/deeplift/index.js';
import { graphFacts } from '../../graph/rules/relevance/graph-facts.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import { dialect } from '../../model/precision.js';
import { batchSizeOf } from '../../model/predict.js';
import { programOf } from '../../model/programs.js';
import type { Tensor } from '../../tensor/tensor.js';

const names = {
  reference: 'sl.reference',
  seed: 'sl.seed',
  multipliers: 'sl.multipliers',
  referenceOutput: 'sl.reference.output',
};

export interface Multiplied {
  /** m with f(x) - f(reference) = sum m (x - reference), in the input's shape. */
  readonly multipliers: Tensor;
  readonly output: Tensor;
  /** One row where the reference is one. */
  readonly referenceOutput: Tensor;
}

/**
 * DeepLIFT's multipliers: the classifier on the input and on a reference (as many rows, or one where it `spreads`),
 * and one walk back.
 */
export async function multiply(
  given: Classifier,
  rule: MultiplierRuleName,
  rows: { readonly input: Tensor; readonly reference: Tensor; readonly seed: Tensor },
  run: RunContext,
): Promise<Multiplied> {
  const model = inForm(given, 'merged');
  const program = await programOf(model, `multipliers ${rule}`, () => multiplierGraph(model, rule));
  const { input, reference, seed } = rows;
  const moving = { [model.input.name]: input, [names.seed]: seed };
  const beside = { [names.reference]: reference };
  const one = reference.shape[0] === 1;
  // A reference that all share takes one row's memory: twice as many inputs fit.
  const most = batchSizeOf(model) * (one ? 2 : 1);
  const result = await runRows(
    program,
    one ? moving : { ...moving, ...beside },
    most,
    run,
    one ? beside : {},
  );
  return {
    multipliers: result[names.multipliers]!,
    output: result[model.output]!,
    referenceOutput: result[names.referenceOutput]!,
  };
}

function multiplierGraph(model: Classifier, rule: MultiplierRuleName): Graph {
  const { graph, input, output, shapes } = model;
  const builder = extend(graph);
  const pairing = pair(graph, builder, input.name, names.reference);
  const found = backward(graph, builder, {
    seeds: { [output]: names.seed },
    wrt: [input.name],
    ruleFor: multiplierRules(pairing, graphFacts(graph), rule),
    method: 'deeplift',
    shapes,
    engine: dialect(model),
  });
  const [declared] = graph.inputs as [Graph['inputs'][number]];
  builder.alias(found[input.name] ?? builder.sub(input.name, input.name), names.multipliers);
  builder.alias(pairing.partner(output), names.referenceOutput);
  const outputs = [output, names.multipliers, names.referenceOutput];
  return builder.finish(
    [
      ...graph.inputs,
      { ...declared, name: names.reference, shape: ['references', ...input.shape] },
      { name: names.seed, type: 'float32', shape: ['N', classCount(model)] },
    ],
    outputs.map((name) => ({ name, type: 'float32' })),
  );
}
