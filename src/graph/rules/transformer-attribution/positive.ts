import type { Rule } from '../../backward.js';
import { layerOf } from '../relevance/layer.js';
import type { Surroundings } from '../relevance/surroundings.js';
import { safeQuotient } from './quotient.js';

/** Positive contributions alone, the bias left out: z = W+ x+ + W- x-, R_in = x+ W+'(R / z) + x- W-'(R / z). */
export const positiveContributions =
  (around: Surroundings): Rule =>
  (node, [relevance], walk) => {
    const { relu, min, sumOf, mul } = walk;
    const layer = layerOf(node, walk, around)!;
    const x = layer.input;
    const positive = {
      input: walk.like(relu(x), x),
      weight: relu(layer.weight),
    };
    const negative = { input: walk.like(min(x, 0), x), weight: min(layer.weight, 0) };
    const parts = around.nonNegative.has(x) ? [{ ...positive, input: x }] : [positive, negative];
    const z = sumOf(parts.map(({ input, weight }) => layer.forward(walk, input, weight, undefined)));
    const share = walk.like(safeQuotient(walk, relevance!, z), node.outputs[0]!);
    const back = sumOf(parts.map(({ input, weight }) => mul(input, layer.back(walk, weight, share))));
    return node.inputs.map((v) => (v === x ? back : undefined));
  };
