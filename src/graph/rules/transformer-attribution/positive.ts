import type { Rule } from '../../backward.js';
import * as f from '../formula.js';
import { layerOf } from '../relevance/layer.js';
import type { Surroundings } from '../relevance/surroundings.js';
import { safeQuotient } from './quotient.js';

/** Positive contributions alone, the bias left out: z = W+ x+ + W- x-, R_in = x+ W+'(R / z) + x- W-'(R / z). */
export const positiveContributions =
  (around: Surroundings): Rule =>
  (node, [relevance], walk) => {
    const layer = layerOf(node, walk, around)!;
    const x = layer.input;
    const positive = {
      input: walk.like(walk.emit('Relu', [x]), x),
      weight: walk.emit('Relu', [layer.weight]),
    };
    const negative = { input: walk.like(f.min(walk, x, 0), x), weight: f.min(walk, layer.weight, 0) };
    const parts = around.nonNegative.has(x) ? [{ ...positive, input: x }] : [positive, negative];
    const sum = (values: readonly string[]) => values.reduce((a, b) => f.add(walk, a, b));
    const z = sum(parts.map(({ input, weight }) => layer.forward(walk, input, weight, undefined)));
    const share = walk.like(safeQuotient(walk, relevance!, z), node.outputs[0]!);
    const back = sum(parts.map(({ input, weight }) => f.mul(walk, input, layer.back(walk, weight, share))));
    return node.inputs.map((v) => (v === x ? back : undefined));
  };
