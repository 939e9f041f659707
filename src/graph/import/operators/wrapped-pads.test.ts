import { afterAll, expect, it } from 'vitest';
import { attribute } from '../../../attribution/attribute.js';
import { quietly } from '../../../base/run.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { classifierOf } from '../../../model/load.js';
import { predict } from '../../../model/predict.js';
import { normalFrom } from '../../../testing/normal.js';
import { int, ints } from '../../attributes.js';
import { type Builder, startGraph } from '../../builder.js';
import { int64 } from '../../elements.js';
import { wrappedPads } from './wrapped-pads.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const normal = normalFrom('wrapped');
const [kernel, weights] = [normal(2, 1, 3, 4), normal(2, 3)];

const slice = (b: Builder, value: string, start: number, end: number, axis: number) => {
  const [from, to, at] = [start, end, axis].map((number) => b.constant(int64([number])));
  return b.emit('Slice', [value, from!, to!, at!]);
};

/** A map between its last `before` and its first `behind` rows or columns. */
const around = (b: Builder, value: string, before: number, behind: number, axis: number) =>
  b.emit(
    'Concat',
    [slice(b, value, -before, Number.MAX_SAFE_INTEGER, axis), value, slice(b, value, 0, behind, axis)],
    {
      axis: int(axis),
    },
  );

function network(pad: (b: Builder, x: string) => string, batch: number | string = 'N') {
  const b = startGraph('net');
  const map = b.emit('Conv', [pad(b, 'x'), b.constant(kernel)], { kernel_shape: ints([3, 4]) });
  const means = b.emit('ReduceMean', [b.emit('Tanh', [map]), b.constant(int64([2, 3]))], {
    keepdims: int(0),
  });
  b.emit('MatMul', [means, b.constant(weights)], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', [batch, 1, 5, 6])], [value('y', [batch, 3])]);
}
const circular = (batch?: number) => network((b, x) => around(b, around(b, x, 1, 1, 2), 1, 2, 3), batch);

it.each([undefined, 1])('keeps what circular padding computes, batch %s', async (batch) => {
  const graph = circular(batch);
  const model = await classifierOf(graph, 'net.onnx', { engine });
  expect(model.alone).toBeUndefined();
  expect(model.graph.nodes.filter(({ op }) => op === 'Pad')).toHaveLength(2);
  const own = normal(1, 1, 5, 6);
  const input = { data: own.data as Float32Array, shape: [1, 1, 5, 6] };
  const { y } = await (await engine.compile(graph)).run({ x: own });
  const { data } = await predict(model, input, quietly);
  for (const [i, value] of data.entries()) expect(value).toBeCloseTo((y!.data as Float32Array)[i]!, 5);
  const { map } = await attribute(model, 'gradcam', input, [1]);
  expect(map.shape).toEqual([1, 1, 5, 6]);
});

it.each<[string, (b: Builder, x: string) => string]>([
  [
    'the first rows before the map',
    (b, x) => b.emit('Concat', [slice(b, x, 0, 1, 2), x, slice(b, x, -1, 2 ** 40, 2)], { axis: int(2) }),
  ],
  [
    'rows of another axis',
    (b, x) => b.emit('Concat', [slice(b, x, -5, 2 ** 40, 2), x, slice(b, x, 0, 5, 2)], { axis: int(3) }),
  ],
  [
    'rows of another map',
    (b, x) =>
      b.emit('Concat', [slice(b, b.relu(x), -1, 2 ** 40, 2), x, slice(b, x, 0, 1, 2)], { axis: int(2) }),
  ],
])('leaves %s', (_name, pad) => {
  expect(wrappedPads(network(pad)).nodes.some(({ op }) => op === 'Pad')).toBe(false);
});
