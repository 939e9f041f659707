import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import { classifierOf, type LoadOptions } from '../model/load.js';
import { sizeOf, tensor } from '../tensor/tensor.js';
import { attribute } from './attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const random = seededRandom('positions');
const noise = (...shape: number[]) =>
  float32(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  );
const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
const x = tensor(noise(1, 3, 6, 5).data as Float32Array, [1, 3, 6, 5]);

/** A convolution and a mean behind matrix products that mix positions. */
function load(mixed: (b: Builder) => string, options: LoadOptions = {}) {
  const b = startGraph('mixed');
  const pads = ints([1, 1, 1, 1]);
  const made = b.emit('Conv', [mixed(b), b.constant(noise(4, 3, 3, 3)), b.constant(noise(4))], { pads });
  b.emit('Relu', [made], {}, 'maps');
  const means = b.emit('Flatten', [b.emit('GlobalAveragePool', ['maps'])]);
  b.emit('MatMul', [means, b.constant(noise(4, 2))], {}, 'y');
  const graph = b.finish([value('x', ['N', 3, 6, 5])], [value('y', ['N', 2])]);
  return classifierOf(graph, 'mixed.onnx', { engine, ...options });
}

describe('positions that a matrix product over the image hides', () => {
  const columns = (b: Builder) => b.emit('MatMul', ['x', b.constant(noise(5, 5))]);
  it.each<[string, (b: Builder) => string]>([
    ['columns', columns],
    ['rows and columns', (b) => b.emit('MatMul', [b.constant(noise(6, 6)), columns(b)])],
  ])('are asked for, or stated: %s', async (_name, mixed) => {
    const model = await load(mixed);
    for (const method of ['gradcam', 'layercam', 'eigencam', 'occlusion'] as const)
      await expect(attribute(model, method, x, [1])).rejects.toThrow(
        /does not tell which axes .* option layout states it/,
      );
    const { map } = await attribute(model, 'gradcam', x, [1], { upsample: 'none' });
    expect(map.shape).toEqual([1, 1, 6, 5]);
    const stated = await load(mixed, { layout: 'NCHW' });
    for (const method of ['gradcam', 'occlusion'] as const)
      expect((await attribute(stated, method, x, [1])).map.shape.slice(-2)).toEqual([6, 5]);
  });
});

it("a signal's maps behind what hides its positions are placed as is stated", async () => {
  const network = (options: LoadOptions) => {
    const b = startGraph('filtered');
    const filtered = b.emit('MatMul', ['x', b.constant(noise(6, 6))]);
    b.emit('Relu', [b.emit('Conv', [filtered, b.constant(noise(4, 2, 3))])], {}, 'maps');
    const means = b.emit('Flatten', [b.emit('GlobalAveragePool', ['maps'])]);
    b.emit('MatMul', [means, b.constant(noise(4, 2))], {}, 'y');
    const graph = b.finish([value('x', ['N', 2, 6])], [value('y', ['N', 2])]);
    return classifierOf(graph, 'filtered.onnx', { engine, ...options });
  };
  const signal = tensor(x.data.slice(0, 12), [1, 2, 6]);
  const [model, stated] = await Promise.all([network({}), network({ layout: 'NCHW' })]);
  for (const layer of ['', 'maps']) {
    const given = { layer };
    await expect(attribute(model, 'gradcam', signal, [1], given)).rejects.toThrow(
      'does not tell which axes of its input [N,2,6] are positions',
    );
    const raw = await attribute(model, 'gradcam', signal, [1], { ...given, upsample: 'none' });
    expect(raw.map.shape).toEqual([1, 1, 1, 4]);
    expect((await attribute(stated, 'gradcam', signal, [1], given)).map.shape).toEqual([1, 1, 6]);
  }
});

it('a row of pixels that is an image inside is no image outside', async () => {
  const b = startGraph('row');
  const image = b.reshape('x', [-1, 1, 6, 5]);
  const made = b.emit('Conv', [image, b.constant(noise(4, 1, 3, 3)), b.constant(noise(4))]);
  b.emit('Relu', [made], {}, 'maps');
  const means = b.emit('Flatten', [b.emit('GlobalAveragePool', ['maps'])]);
  b.emit('MatMul', [means, b.constant(noise(4, 2))], {}, 'y');
  const graph = b.finish([value('x', ['N', 30])], [value('y', ['N', 2])]);
  const model = await classifierOf(graph, 'row.onnx', { engine });
  const row = tensor(x.data.slice(0, 30), [1, 30]);
  await expect(attribute(model, 'gradcam', row, [1])).rejects.toThrow(
    "layer 'maps' has 4 x 3 positions and the input a row of 30",
  );
  expect((await attribute(model, 'gradcam', row, [1], { upsample: 'none' })).map.shape).toEqual([1, 1, 4, 3]);
});

it('a film with frames before channels is to be exported the other way round', async () => {
  const film = (shape: readonly number[], perm: readonly number[]) => {
    const b = startGraph('film');
    const weights = [noise(4, 3, 1, 3, 3), noise(4)].map((each) => b.constant(each));
    const made = b.emit('Conv', [b.transpose('x', perm), ...weights]);
    const means = b.emit('Flatten', [b.emit('GlobalAveragePool', [made])]);
    b.emit('MatMul', [means, b.constant(noise(4, 2))], {}, 'y');
    const graph = b.finish([value('x', ['N', ...shape])], [value('y', ['N', 2])]);
    return classifierOf(graph, 'film.onnx', { engine });
  };
  const explained = async (shape: readonly number[], perm: readonly number[]) => {
    const input = tensor(noise(1, ...shape).data as Float32Array, [1, ...shape]);
    return (await attribute(await film(shape, perm), 'occlusion', input, [1])).map.shape;
  };
  await expect(explained([4, 3, 6, 5], [0, 2, 1, 3, 4])).rejects.toThrow(
    'export a film with its channels before its frames',
  );
  expect(await explained([3, 4, 6, 5], [0, 1, 2, 3, 4])).toEqual([1, 3, 4, 6, 5]);
});
