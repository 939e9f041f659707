import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import type { Classifier } from '../../model/classifier.js';
import { classifierOf } from '../../model/load.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const [FEATURES, SLOPE, OFFSET] = [6, 1e-6, 10];
const weights = Float32Array.from({ length: FEATURES }, (_, i) => SLOPE * Math.cos(i + 0.5));
const input = { data: Float32Array.from({ length: FEATURES }, (_, i) => i - 2.3), shape: [1, FEATURES] };
const exact = weights.map((weight, i) => weight * input.data[i]!);

/** A linear network whose output changes by less than single precision holds of it. */
async function insensitive(): Promise<Classifier> {
  const b = startGraph('insensitive');
  const product = b.emit('MatMul', [
    'x',
    b.constant({ type: 'float32', data: weights, shape: [FEATURES, 1] }),
  ]);
  b.alias(b.add(product, OFFSET), 'y');
  const value = (name: string, of: number) => ({ name, type: 'float32' as const, shape: ['N', of] });
  const graph = b.finish([value('x', FEATURES)], [value('y', 1)]);
  return classifierOf(graph, 'insensitive', { engine, head: 'regression' });
}

describe('in a network that is nearly insensitive, differences are of outputs in double', () => {
  let model: Classifier;
  beforeAll(async () => {
    model = await insensitive();
  });

  it.each([
    ['occlusion', { baseline: 'zero' }],
    ['feature-ablation', { baseline: 'zero' }],
    ['shapley-exact', { baseline: 'zero' }],
    ['shapley-sampling', { baseline: 'zero' }],
    ['kernel-shap', { baseline: 'zero' }],
    ['owen', { baseline: 'zero' }],
  ] as const)('%s', async (name, options) => {
    const { map } = await attribute(model, name, input, [0], options);
    for (const [i, value] of map.data.entries()) expect(value / exact[i]!).toBeCloseTo(1, 5);
  });
});
