import { afterAll, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int, ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { scalar } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { tensor } from '../tensor/tensor.js';
import { value, weights } from '../testing/networks/scores.js';
import { classifierOf, type LoadOptions } from './load.js';
import { predict } from './predict.js';

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
    const { map, notes } = await attribute(
      model,
      method,
      bytes,
      [1],
      method === 'gradient' ? {} : { window: 1, stride: 1 },
    );
    expect(map.data.every((v) => v !== 0)).toBe(true);
    expect(notes.join()).not.toContain('whole numbers');
  }
  const scaled = { data: bytes.data.map((v) => (v / 255) * 255 * 1.000001), shape: bytes.shape };
  const { notes } = await attribute(model, 'gradient', scaled, [1]);
  expect(notes.join()).not.toContain('whole numbers');
  for (const odd of [0.5, -1, 256]) {
    const others = { data: bytes.data.with(3, odd), shape: bytes.shape };
    const { notes } = await attribute(model, 'gradient', others, [1]);
    const shown = odd.toPrecision(3);
    expect(notes).toContainEqual(
      expect.stringMatching(
        new RegExp(`^the model's file takes whole numbers \\(uint8\\), .* such as ${shown}:`),
      ),
    );
  }
});

/** A network between whole numbers, as TFLite's full quantisation leaves it. */
const quantised = (type: 'uint8' | 'int8', moved: (b: Builder, y: string) => string = (_, y) => y) => {
  const b = startGraph('whole numbers');
  const zero = (at: number) =>
    b.constant({ type, data: type === 'uint8' ? Uint8Array.of(at) : Int8Array.of(at), shape: [] });
  const scales = [0.5, 1 / 256].map((scale) => b.constant(scalar(scale))) as [string, string];
  const numbers = b.emit('DequantizeLinear', ['x', scales[0], zero(3)]);
  const flat = b.emit('Flatten', [b.emit('Transpose', [numbers], { perm: ints([0, 3, 1, 2]) })]);
  b.alias(b.emit('MatMul', [flat, b.constant(weights(12, 3))]), 'score');
  const whole = b.emit('QuantizeLinear', [
    b.emit('Softmax', ['score']),
    scales[1],
    zero(type === 'uint8' ? 0 : -128),
  ]);
  b.alias(moved(b, whole), 'y');
  const x = { name: 'x', type, shape: ['N', 2, 2, 3] };
  return b.finish([x], [{ name: 'y', type, shape: ['N', 3] }]);
};

it.each<[string, Graph]>([
  ['uint8', quantised('uint8')],
  ['int8', quantised('int8')],
  ['uint8 behind a reshape', quantised('uint8', (b, y) => b.reshape(y, [-1, 3]))],
])('whole numbers at both ends of a quantised network stand for numbers: %s', async (_, graph) => {
  const x = tensor(
    Float32Array.from({ length: 12 }, (_, i) => i + 1),
    [1, 2, 2, 3],
  );
  const model = await load(graph);
  expect(model.head).toMatchObject({ link: 'softmax', before: 'y' });
  const { map } = await attribute(model, 'gradient', x, [1]);
  const held = [...graph.initializers.values()].find(({ shape }) => shape.length === 2)!;
  const [first, last] = [0, 11].map((i) => 0.5 * Number(held.data[3 * i + 1]));
  expect(map.data[0]).toBeCloseTo(first!, 6);
  expect(map.data[11]).toBeCloseTo(last!, 6);
  const shares = await predict(await load(graph, { output: 'y' }), x);
  expect(shares.data.reduce((sum, p) => sum + p)).toBeCloseTo(1, 1);
});
