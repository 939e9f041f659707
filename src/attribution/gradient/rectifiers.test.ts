import { isDeepStrictEqual } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int } from '../../graph/attributes.js';
import { classifierOf } from '../../model/load.js';
import { network, pooled, type Sketch } from '../../testing/networks/layers.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const methods = ['guided-backprop', 'deconvolution'];

/** The maps of two convolutions with a Clip between them, for an input within and beyond its bounds. */
async function mapsWith(bounds: readonly number[], of: (s: Sketch, x: string) => string = (_, x) => x) {
  const name = `clip ${bounds}`;
  const random = seededRandom('rectifiers');
  const graph = network(name, [2, 6, 6], (s) => {
    const clipped = s.emit('Clip', [of(s, s.conv('input', [2, 4], 3)), ...bounds.map((b) => s.number(b))]);
    return [pooled(s, s.conv(clipped, [4, 5], 3)), 5];
  });
  const model = await classifierOf(graph, name, { engine });
  const data = Float32Array.from({ length: 2 * 72 }, () => 5 * random.normal());
  const input = { data, shape: [2, 2, 6, 6] };
  const [plain, ...maps] = await Promise.all(
    ['gradient', ...methods].map(async (method) => [
      ...(await attribute(model, method, input, [0, 2])).map.data,
    ]),
  );
  expect(plain!.some((slope) => slope !== 0)).toBe(true);
  return { plain, maps };
}

it.each([
  [[0, 1], 'limits values to those of an image'],
  [[-1, 1], 'limits values on both sides'],
])('a Clip to %j is no rectifier: %s', async (bounds) => {
  const { plain, maps } = await mapsWith(bounds);
  for (const map of maps) expect(map).toEqual(plain);
});

it('a Clip of nonnegative values, such as a divisor, is no rectifier', async () => {
  const { plain, maps } = await mapsWith([1e-6], (s, x) => s.emit('Abs', [x]));
  for (const map of maps) expect(map).toEqual(plain);
});

const rounded = (s: Sketch, x: string) => s.emit('Round', [s.emit('Div', [x, s.number(0.05)])]);
const shifted = (s: Sketch, x: string) => s.emit('Add', [rounded(s, x), s.number(128)]);

it.each([
  [[0, 255], 128, false],
  [[128, 255], 128, true],
  [[0, 255], 0, true],
  [[-127, 127], 0, false],
])('a Clip to %j of rounded values that take %i for 0: %s', async (bounds, zero, rectifies) => {
  const { plain, maps } = await mapsWith(bounds, zero === 0 ? rounded : shifted);
  for (const map of maps) expect(isDeepStrictEqual(map, plain)).toBe(!rectifies);
});

it.each([[[0]], [[1e-6]], [[0, 6]]])('a Clip to %j is a rectifier', async (bounds) => {
  const { plain, maps } = await mapsWith(bounds);
  for (const map of maps) expect(map).not.toEqual(plain);
});

/** The maps of a convolution that is divided by the root of what `bounded` makes of its variance. */
async function normalised(
  bounded: (s: Sketch, variance: string) => string,
  root: (s: Sketch, x: string) => string,
) {
  const graph = network('normalised', [2, 6, 6], (s) => {
    const { mul, sub, div, add, reduce } = s.builder;
    const x = s.conv('input', [2, 4], 3);
    const mean = reduce('ReduceMean', x, [2, 3]);
    const variance = bounded(s, sub(reduce('ReduceMean', mul(x, x), [2, 3]), mul(mean, mean)));
    const scaled = div(sub(x, mean), root(s, add(variance, 1e-5)));
    return [pooled(s, s.conv(s.emit('Tanh', [scaled]), [4, 5], 3)), 5];
  });
  const model = await classifierOf(graph, 'normalised', { engine });
  const random = seededRandom('normalised');
  const input = { data: Float32Array.from({ length: 2 * 72 }, () => random.normal()), shape: [2, 2, 6, 6] };
  return Promise.all(['gradient', ...methods].map((method) => attribute(model, method, input, [0, 2])));
}

it.each<[string, (s: Sketch, variance: string) => string, (s: Sketch, x: string) => string]>([
  ['the greater of it and 0', (s, v) => s.emit('Max', [v, s.number(0)]), (s, x) => s.emit('Sqrt', [x])],
  ['a Clip', (s, v) => s.emit('Clip', [v, s.number(0)]), (s, x) => s.emit('Pow', [x, s.number(0.5)])],
  [
    'a choice',
    (s, v) => s.emit('Where', [s.emit('Greater', [v, s.number(0)]), v, s.number(0)]),
    (s, x) => s.emit('Sqrt', [s.emit('Cast', [x], { to: int(1) })]),
  ],
])('what keeps a variance from being negative is no rectifier: %s', async (_, bounded, root) => {
  const [plain, ...others] = await normalised(bounded, root);
  for (const { map, notes } of others) {
    expect(map.data).toEqual(plain!.map.data);
    expect(notes).toContain('the model has no ReLU or ReLU6: the map is the gradient');
  }
});

it('a Relu is a rectifier also under a root', async () => {
  const [plain, ...others] = await normalised(
    (s, variance) => s.emit('Relu', [variance]),
    (s, x) => s.emit('Sqrt', [x]),
  );
  for (const { map } of others) expect(map.data).not.toEqual(plain!.map.data);
});
