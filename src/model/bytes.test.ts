import { afterAll, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import type { Graph } from '../graph/graph.js';
import { tensor } from '../tensor/tensor.js';
import { value, weights } from '../testing/networks/scores.js';
import { classifierOf, type LoadOptions } from './load.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const load = (graph: Graph, options: LoadOptions = {}) =>
  classifierOf(graph, 'net.onnx', { engine, ...options });

it.each<[string, (b: Builder) => string]>([
  ['at once', () => 'x'],
  ['behind a transposition', (b) => b.transpose('x', [0, 3, 1, 2])],
  ['behind a reshape by its own shape', (b) => b.emit('Reshape', ['x', b.emit('Shape', ['x'])])],
])('bytes that the graph casts to floats %s are explained as floats', async (_, moved) => {
  const b = startGraph('bytes');
  const flat = b.emit('Flatten', [b.emit('Cast', [moved(b)], { to: int(1) })]);
  b.alias(b.emit('MatMul', [flat, b.constant(weights(12, 2))]), 'y');
  const model = await load(b.finish([{ name: 'x', type: 'uint8', shape: ['N', 2, 2, 3] }], [value('y')]));
  expect(model.input).toMatchObject({
    normalisedBy: 'graph',
    normalisation: { std: Array(3).fill(1 / 255) },
  });
  const bytes = tensor(
    Float32Array.from({ length: 12 }, (_, i) => i + 1),
    [1, 2, 2, 3],
  );
  for (const method of ['gradient', 'occlusion'] as const) {
    const { map } = await attribute(
      model,
      method,
      bytes,
      [1],
      method === 'gradient' ? {} : { window: 1, stride: 1 },
    );
    expect(map.data.every((v) => v !== 0)).toBe(true);
  }
});
