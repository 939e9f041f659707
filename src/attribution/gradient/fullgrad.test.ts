import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, ints, string } from '../../graph/attributes.js';
import { classifierOf } from '../../model/load.js';
import { network, pooled, type Sketch } from '../../testing/networks/layers.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const flat = (s: Sketch, x: string) => s.emit('Flatten', [x], { axis: int(1) });
const over = (op: string) => (s: Sketch, x: string) => s.emit(op, [x, s.whole(2, 3)], { keepdims: int(0) });
const quantised = (s: Sketch, x: string, type: 'int8' | 'uint8') => {
  const zero = { type, data: type === 'int8' ? Int8Array.of(0) : Uint8Array.of(128), shape: [] };
  const grid = [s.number(0.02), s.builder.constant(zero)];
  const held = s.emit('Transpose', [s.emit('QuantizeLinear', [x, ...grid])], { perm: ints([0, 1, 3, 2]) });
  return pooled(s, s.emit('DequantizeLinear', [held, ...grid]));
};
const positive = (s: Sketch, x: string) => s.emit('Add', [s.emit('Sigmoid', [x]), s.number(0.5)]);

/** Layers between four channels and four features. */
const bodies: Readonly<Record<string, (s: Sketch, x: string) => string>> = {
  'rounded values': (s, x) => quantised(s, x, 'int8'),
  'steps beside values': (s, x) => pooled(s, s.emit('Mul', [s.emit('Sign', [x]), s.emit('Exp', [x])])),
  'squares that are summed': over('ReduceSumSquare'),
  'a smooth maximum': over('ReduceLogSumExp'),
  'a product of many values': (s, x) => over('ReduceProd')(s, positive(s, x)),
  'a logarithm of a sum': (s, x) => over('ReduceLogSum')(s, positive(s, x)),
  'a length': over('ReduceL2'),
  'three values in a product': (s, x) =>
    s.emit('Einsum', [x, x, x], { equation: string('bchw,bchw,bchw->bc') }),
  'branches and a constant': (s, x) =>
    pooled(s, s.emit('Sum', [x, s.emit('Exp', [x]), s.weights([4, 1, 1], 1)])),
  'padding that is not black': (s, x) =>
    pooled(s, s.emit('Pad', [x, s.whole(0, 0, 1, 1, 0, 0, 1, 1), s.number(-0.3)])),
  'maxima of windows of a value that is cut': (s, x) =>
    flat(
      s,
      s.emit('MaxPool', [s.emit('Clip', [x, s.number(-0.2), s.number(0.6)])], { kernel_shape: ints([4, 4]) }),
    ),
};

it.each(Object.entries(bodies))('the terms sum to the output with %s', async (name, body) => {
  const random = seededRandom(name);
  const graph = network(name, [2, 4, 4], (s) => [body(s, s.conv('input', [2, 4], 3)), 4]);
  const model = await classifierOf(graph, name, { engine });
  const input = { data: Float32Array.from({ length: 64 }, () => random.normal()), shape: [2, 2, 4, 4] };
  const { map, residual } = await attribute(model, 'fullgrad', input, [0, 2]);
  expect(map.data.every(Number.isFinite)).toBe(true);
  for (const rest of residual!) expect(Math.abs(rest)).toBeLessThan(1e-5);
});

it('a zero point of quantised values is no bias', async () => {
  const input = { data: Float32Array.from({ length: 32 }, (_, i) => Math.sin(i)), shape: [1, 2, 4, 4] };
  const maps = (['int8', 'uint8'] as const).map(async (type) => {
    const graph = network('zero point', [2, 4, 4], (s) => [
      quantised(s, s.conv('input', [2, 4], 3), type),
      4,
    ]);
    return (await attribute(await classifierOf(graph, type, { engine }), 'fullgrad', input, [1])).map;
  });
  const [signed, unsigned] = await Promise.all(maps);
  expect(unsigned).toEqual(signed);
});

it('a normalisation without shift has no bias term', async () => {
  const random = seededRandom('no bias');
  const four = (s: Sketch, value: number) => s.numbers([value, value, value, value]);
  const build = (normalised: boolean) =>
    network('no bias', [2, 16, 16], (s) => {
      const x = s.emit('Conv', [s.emit('Relu', ['input']), s.weights([4, 2, 3, 3], 0.3)], {
        kernel_shape: ints([3, 3]),
      });
      const statistics = [four(s, 0.7), four(s, 0), four(s, 0), four(s, 1.9)];
      return [pooled(s, normalised ? s.emit('BatchNormalization', [x, ...statistics]) : x), 4];
    });
  const input = { data: Float32Array.from({ length: 512 }, () => random.normal()), shape: [1, 2, 16, 16] };
  const [plain, normalised] = await Promise.all(
    [false, true].map(async (given) => {
      const model = await classifierOf(build(given), 'no bias', { engine, precision: 'float32' });
      return (await attribute(model, 'fullgrad', input, [1])).map.data;
    }),
  );
  const [low, high] = [Math.min(...plain!), Math.max(...plain!)];
  expect(high - low).toBeGreaterThan(0.5);
  for (const [i, value] of normalised!.entries()) expect(Math.abs(value - plain![i]!)).toBeLessThan(4e-5);
});

it.each([
  [9, 1],
  [48, 23],
  [31, 7],
  [13, 11],
])('maps are brought to %d positions from %d', async (to, from) => {
  const stride = Math.floor(to / from);
  const side = to - (from - 1) * stride;
  const graph = network('odd', [1, to, to], (s) => {
    const read = s.emit('Conv', ['input', s.weights([2, 1, side, side], 1), s.weights([2], 1)], {
      strides: ints([stride, stride]),
    });
    return [pooled(s, read), 2];
  });
  const model = await classifierOf(graph, 'odd', { engine });
  const input = {
    data: Float32Array.from({ length: to * to }, (_, i) => Math.sin(i)),
    shape: [1, 1, to, to],
  };
  const { map } = await attribute(model, 'fullgrad', input, [0]);
  expect(map.shape).toEqual([1, 1, to, to]);
});
