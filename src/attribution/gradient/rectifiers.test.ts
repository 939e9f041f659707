import { isDeepStrictEqual } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
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
