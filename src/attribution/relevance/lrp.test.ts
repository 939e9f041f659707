import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float, int, ints } from '../../graph/attributes.js';
import { extend, startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { rows } from '../../tensor/tensor.js';
import { literalNetwork } from '../../testing/literal-network.js';
import { network, pooled, type Sketch } from '../../testing/networks/layers.js';
import { tinyModel } from '../../testing/tiny-model.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const shape = [2, 6, 6];
const size = 72;
const input = {
  data: Float32Array.from({ length: 4 * size }, (_, i) => Math.sin(i * i) + 0.5),
  shape: [4, ...shape],
};
const targets = [0, 2, 1, 2];
const build = async (normalisation = { mean: [0, 0], std: [1, 1] }) => {
  const net = literalNetwork('lrp', shape, new Float64Array(size));
  const stem = net.relu(net.conv(net.x, 4, 3, { pad: 1 }));
  const wide = net.add(stem, net.relu(net.conv(stem, 4, 3, { pad: 1 })));
  const graph = net.graph(net.linear(net.average(wide), 3));
  return classifierOf(graph, 'lrp', { engine, normalisation });
};

it('conserves relevance without biases and negative contributions', async () => {
  const { map, residual } = await attribute(await build(), 'deep-taylor', input, targets);
  const scale = Math.max(...map.data.map(Math.abs));
  for (const rest of residual!) expect(Math.abs(rest)).toBeLessThan(1e-3 * (1 + scale));
});

it('returns the residual: the output minus the sum of the map', async () => {
  const model = await build();
  const { map, residual } = await attribute(model, 'lrp', input, targets, { composite: 'epsilon' });
  const sums = targets.map((_, row) =>
    map.data.subarray(row * size, (row + 1) * size).reduce((a, b) => a + b, 0),
  );
  const free = await attribute(model, 'excitation-backprop', input, targets);
  expect(residual!.some((rest) => Math.abs(rest) > 1e-3)).toBe(true);
  expect(free.residual!.every((rest) => rest > -1e-5 && rest < 1)).toBe(true);
  expect(sums.every(Number.isFinite)).toBe(true);
});

it.each(['lrp', 'excitation-backprop', 'deep-taylor', 'deeplift'])(
  '%s gives the same maps for a batch as for its samples',
  async (method) => {
    const model = await build();
    const { map } = await attribute(model, method, input, targets);
    for (const [row, target] of targets.entries()) {
      const alone = await attribute(model, method, rows(input, row, row + 1), [target]);
      const together = map.data.subarray(row * size, (row + 1) * size);
      const error = Math.hypot(...together.map((v, i) => v - alone.map.data[i]!));
      expect(error).toBeLessThan(1e-5 * Math.hypot(...together));
    }
  },
);

it('excitation backprop starts at the input of a final softmax', async () => {
  const x = { data: input.data.subarray(0, 128), shape: [2, 1, 8, 8] };
  const explain = async (head: string) =>
    attribute(await classifierOf(tinyModel(head), head, { engine }), 'excitation-backprop', x, [0, 2]);
  const scores = await explain('Identity');
  for (const head of ['Softmax', 'LogSoftmax']) expect((await explain(head)).map).toEqual(scores.map);
});

it('the box rule is bounded by normalised black and white', async () => {
  const model = await build({ mean: [0.5, 0.25], std: [0.5, 0.25] });
  const given = { composite: 'epsilon-gamma-box' } as const;
  const byDefault = await attribute(model, 'lrp', input, targets, given);
  const low = { data: Float32Array.of(-1, -1), shape: [2] };
  const high = { data: Float32Array.from({ length: size }, (_, i) => (i < 36 ? 1 : 3)), shape };
  const spelled = await attribute(model, 'lrp', input, targets, { ...given, low, high });
  for (const [i, value] of spelled.map.data.entries()) expect(byDefault.map.data[i]).toBeCloseTo(value, 5);
  await expect(attribute(model, 'lrp', input, targets, { ...given, low: rows(input, 0, 2) })).rejects.toThrow(
    /a bound has the shape \[2\] or \[2,6,6\]; this one has \[2,2,6,6\]/,
  );
});

it('names the accepted values of an option', async () => {
  const model = await build();
  const lrp = (options: object) => attribute(model, 'lrp', input, targets, { ...options });
  await expect(lrp({ composite: 'zplusplus' })).rejects.toThrow(
    /'composite' .* one of epsilon-plus, epsilon/,
  );
  await expect(lrp({ epsilon: -1 })).rejects.toThrow(/'epsilon' .* at least/);
  await expect(lrp({ gamma: 'much' })).rejects.toThrow(/'gamma' .* a number of at least 0/);
  await expect(lrp({ low: 'dark' })).rejects.toThrow(/'low' .* a number, or an array/);
});

it('divides relevance with the shift of a lone BatchNormalization', async () => {
  const inputs = [{ name: 'x', type: 'float32' as const, shape: ['N', 2, 1, 2] }];
  const b = extend({ ...startGraph('bn').finish([], []), inputs });
  const parameters = [
    [2, -1],
    [1, 3],
    [0.5, 0],
    [0.75, 3],
  ].map((v) => b.constant(float32(v)));
  const y = b.emit('BatchNormalization', ['x', ...parameters], { epsilon: float(0.25) });
  b.alias(b.emit('Flatten', [y]), 'y');
  const graph = b.finish(inputs, [{ name: 'y', type: 'float32' }]);
  const model = await classifierOf(graph, 'bn', { engine });
  const x = { data: Float32Array.of(1, 2, 3, -4), shape: [1, 2, 1, 2] };
  const explain = (options: object) => attribute(model, 'lrp', x, [3], { ...options });
  // y = -x / sqrt(3.25) + 3 at x = -4
  const signal = 4 / Math.sqrt(3.25);
  const output = signal + 3;
  const ours = (await explain({})).map.data;
  expect(ours[3]).toBeCloseTo((output * signal) / (signal + 3), 5);
  expect((await explain({ variant: 'zennit' })).map.data[3]).toBeCloseTo(output, 5);
  expect((await explain({ composite: 'epsilon' })).map.data[3]).toBeCloseTo(signal, 5);
  expect(ours.subarray(0, 3).every((v) => v === 0)).toBe(true);
});

it('shares an average by a smaller epsilon too', async () => {
  const b = startGraph('average');
  const windows = { kernel_shape: ints([1, 2]), strides: ints([1, 2]) };
  b.alias(b.emit('Flatten', [b.emit('AveragePool', ['x'], windows)]), 'y');
  const inputs = [{ name: 'x', type: 'float32' as const, shape: ['N', 1, 1, 4] }];
  const model = await classifierOf(b.finish(inputs, [{ name: 'y', type: 'float32' }]), 'average', { engine });
  const x = { data: Float32Array.of(1, 2 ** -20 - 1, 3, 4), shape: [1, 1, 1, 4] };
  const explain = (epsilon: number) => attribute(model, 'lrp', x, [0], { composite: 'epsilon', epsilon });
  const { map, residual } = await explain(1e-15);
  expect(map.data[0]).toBeCloseTo(0.5, 6);
  expect(Math.abs(residual![0]!)).toBeLessThan(1e-12);
  // The average is 2^-21, about half of the usual epsilon.
  expect((await explain(1e-6)).map.data[0]).toBeCloseTo(0.5 / (1 + 1e-6 * 2 ** 21), 6);
});

it('absorbs relevance where a Clip from above 0 lifts outputs', async () => {
  const lifted = (lift: (s: Sketch, x: string) => string) =>
    classifierOf(
      network('lifted', [2, 6, 6], (s) => [pooled(s, lift(s, s.conv('input', [2, 4], 3))), 4]),
      'lifted',
      { engine },
    );
  const models = await Promise.all([
    lifted((s, x) => s.emit('Clip', [x, s.number(0.5)])),
    lifted((s, x) => s.emit('Max', [x, s.number(0.5)])),
  ]);
  const [clip, maximum] = await Promise.all(
    models.map((model) => attribute(model, 'lrp', input, targets, { composite: 'gamma' })),
  );
  expect([...clip!.map.data]).toEqual([...maximum!.map.data]);
});

it('gives all relevance to the factor of a sign', async () => {
  const inputs = [{ name: 'x', type: 'float32' as const, shape: ['N', 1, 1, 3] }];
  const b = extend({ ...startGraph('root').finish([], []), inputs });
  const root = b.emit('Mul', [b.emit('Sign', ['x']), b.emit('Sqrt', [b.emit('Abs', ['x'])])]);
  b.alias(b.emit('Flatten', [root]), 'y');
  const model = await classifierOf(b.finish(inputs, [{ name: 'y', type: 'float32' }]), 'root', { engine });
  const x = { data: Float32Array.of(4, -9, 1), shape: [1, 1, 1, 3] };
  expect([...(await attribute(model, 'lrp', x, [1])).map.data]).toEqual([0, -3, 0]);
});

it('takes no threshold of a score for a bias of its layer', async () => {
  const [w, thresholds] = [
    [2, -1, 0.5],
    [1, 0, -3],
  ];
  const b = startGraph('ordinal');
  const score = b.matMul('x', b.constant(float32(w!, [3, 1])));
  b.alias(b.add(score, b.constant(float32(thresholds!))), 'y');
  const value = (name: string) => ({ name, type: 'float32' as const, shape: ['N', 3] });
  const model = await classifierOf(b.finish([value('x')], [value('y')]), 'ordinal', { engine });
  const x = { data: Float32Array.of(1, 3, -2), shape: [1, 3] };
  for (const grade of [0, 1, 2]) {
    const { map } = await attribute(model, 'lrp', x, [grade], { composite: 'epsilon' });
    for (const [i, share] of map.data.entries()) expect(share).toBeCloseTo(x.data[i]! * w![i]!, 4);
  }
});

it.each(['epsilon-plus-flat', 'deep-taylor'])(
  "%s finds the first layer past tokens repeated by the image's shape",
  async (how) => {
    const explained = async (measured: 'input' | 'features') => {
      const graph = network('token', [2, 6, 6], (s) => {
        const features = s.emit('Relu', [s.conv('input', [2, 4], 3)]);
        const lengths = s.emit('Shape', [measured === 'input' ? 'input' : features]);
        const count = s.emit('Gather', [lengths, s.whole(0)], { axis: int(0) });
        const shape = s.emit('Concat', [count, s.whole(1, 6, 6)], { axis: int(0) });
        const token = s.emit('Expand', [s.weights([1, 1, 6, 6], 1), shape]);
        return [pooled(s, s.conv(s.emit('Concat', [token, features], { axis: int(1) }), [5, 4], 3)), 4];
      });
      const model = await classifierOf(graph, 'token', { engine });
      const [method, options] = how === 'deep-taylor' ? [how, {}] : ['lrp', { composite: how }];
      return [...(await attribute(model, method, input, targets, options)).map.data];
    };
    expect(await explained('input')).toEqual(await explained('features'));
  },
);
