import type { Rule } from '../../backward.js';
import type { GraphFacts } from '../relevance/graph-facts.js';
import { layerOf } from '../relevance/layer.js';
import { safeQuotient } from './quotient.js';

/** z = W+ x+ + W- x-, R_in = x+ W+'(R / z) + x- W-'(R / z): positive contributions only, without the bias. */
export const positiveContributions =
  (facts: GraphFacts): Rule =>
  (node, [relevance], walk) => {
    const { relu, min, sumOf, mul } = walk;
    const layer = layerOf(node, walk, facts)!;
    const x = layer.input;
    const positive = {
      input: walk.sameShape(relu(x), x),
      weight: relu(layer.weight),
    };
    const negative = { input: walk.sameShape(min(x, 0), x), weight: min(layer.weight, 0) };
    const parts = facts.nonNegative.has(x) ? [{ ...positive, input: x }] : [positive, negative];
    const z = sumOf(parts.map(({ input, weight }) => layer.forward(walk, input, weight, undefined)));
    const share = walk.sameShape(safeQuotient(walk, relevance!, z), node.outputs[0]!);
    const back = sumOf(parts.map(({ input, weight }) => mul(input, layer.back(walk, weight, share))));
    return node.inputs.map((v) => (v === x ? back : undefined));
  };
