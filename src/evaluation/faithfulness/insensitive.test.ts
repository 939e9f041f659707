import { afterAll, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { classifierOf } from '../../model/load.js';
import { scoreMap } from '../index.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** A linear network of images whose output changes by less than single precision holds of it. */
async function insensitive(weights: Float32Array) {
  const b = startGraph('insensitive');
  const held = b.constant({ type: 'float32', data: weights, shape: [weights.length, 1] });
  b.alias(b.add(b.emit('MatMul', [b.reshape('x', [-1, weights.length]), held]), 10), 'y');
  const value = (name: string, ...shape: number[]) => ({
    name,
    type: 'float32' as const,
    shape: ['N', ...shape],
  });
  const graph = b.finish([value('x', 1, 6, 6)], [value('y', 1)]);
  return classifierOf(graph, 'insensitive', { engine, head: 'regression' });
}

it.each(['faithfulness-correlation', 'sensitivity-n'] as const)(
  '%s follows outputs in double where a network hardly changes',
  async (name) => {
    const weights = Float32Array.from({ length: 36 }, (_, i) => 1e-7 * Math.cos(i * i));
    const data = Float32Array.from({ length: 36 }, (_, i) => 1 + Math.sin(i));
    const map = { data: weights.map((weight, i) => weight * data[i]!), shape: [6, 6] };
    const model = await insensitive(weights);
    const given = { map, model, input: { data, shape: [1, 1, 6, 6] }, target: 0, seed: 0, run: quietly };
    const { value } = await scoreMap(name, given, { baseline: 'zero', quantity: 'logit' });
    expect(value).toBeCloseTo(1, 4);
  },
);
