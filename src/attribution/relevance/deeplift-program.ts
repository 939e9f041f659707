import type { RunContext } from '../../base/run.js';
import type { Builder } from '../../graph/builder.js';
import { type MultiplierRuleName, multiplierRules, pair } from '../../graph/rules/deeplift/index.js';
import { graphFacts } from '../../graph/rules/relevance/graph-facts.js';
import { batchSizeOf } from '../../model/batch-size.js';
import type { Classifier } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { MapGraph, WalkBack } from '../map-graph.js';
import { type Explanation, explained } from '../program/explain.js';
import { spreads } from '../program/sample-sums.js';

const names = {
  reference: 'sl.reference',
  multipliers: 'sl.multipliers',
  referenceOutput: 'sl.reference.output',
};

export interface Multiplied {
  /** m with f(x) - f(reference) = sum m (x - reference), in the input's shape. */
  readonly multipliers: Tensor;
  readonly output: Tensor;
  /** The output at the reference; one row when all samples share it. */
  readonly referenceOutput: Tensor;
}

/**
 * DeepLIFT multipliers: runs the classifier on the input and the reference, then one backward pass. The
 * reference has as many rows as the input, or one row if the model `spreads`.
 */
export async function multiply(
  given: Classifier,
  rule: MultiplierRuleName,
  rows: { readonly input: Tensor; readonly reference: Tensor; readonly seed: Tensor },
  run: RunContext,
): Promise<Multiplied> {
  const model = inForm(given, 'merged');
  const { input, reference, seed } = rows;
  const beside = { [names.reference]: reference };
  const one = reference.shape[0] === 1;
  const result = await explained(model, {
    key: `multipliers ${rule}${one ? ' shared' : ''}`,
    program: () => multipliersOf(model, rule, one ? 1 : 'N'),
    ...{ input, seed, run },
    // A shared reference needs the memory of one row only, so twice as many inputs fit.
    batch: batchSizeOf(model) * (one ? 2 : 1),
    ...(one ? { fixed: beside } : { feeds: beside }),
  });
  return {
    multipliers: result[names.multipliers]!,
    output: result[model.output]!,
    referenceOutput: result[names.referenceOutput]!,
  };
}

/** With `rows` of references declared, the compiler knows every shape; without, its time is quadratic. */
function multipliersOf(model: Classifier, rule: MultiplierRuleName, rows: 1 | 'N'): Explanation {
  const { graph, input, output } = model;
  return {
    feeds: [{ ...graph.inputs[0]!, name: names.reference, shape: [rows, ...input.shape] }],
    outputs(builder, walk) {
      const made = multiplierNodes(model, rule, names.reference, builder, walk);
      return {
        [output]: output,
        [names.multipliers]: made.multipliers,
        [names.referenceOutput]: made.referenceOutput,
      };
    },
  };
}

function multiplierNodes(
  { graph, input, output }: Classifier,
  rule: MultiplierRuleName,
  reference: string,
  builder: Builder,
  walk: WalkBack,
) {
  const pairing = pair(graph, builder, input.name, reference);
  const ruleFor = multiplierRules(pairing, graphFacts(graph), rule);
  return {
    multipliers: walk({ method: 'deeplift', ruleFor })[input.name]!,
    referenceOutput: pairing.partner(output),
  };
}

/** The map as a graph; `baseline` adds the nodes of the reference, `[1, ...]` or `[N, ...]`. */
export function deepliftGraph(
  given: Classifier,
  rule: MultiplierRuleName,
  baseline: (builder: Builder, image: string) => string,
): MapGraph {
  const model = inForm(given, 'merged');
  const { input, output } = model;
  return {
    model,
    nodes(builder, walk) {
      const one = baseline(builder, input.name);
      const reference = spreads(model) ? one : builder.expandLike(one, input.name);
      const made = multiplierNodes(model, rule, reference, builder, walk);
      return {
        map: builder.mul(made.multipliers, builder.sub(input.name, reference)),
        total: builder.sub(output, made.referenceOutput),
      };
    },
  };
}
