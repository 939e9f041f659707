import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int, ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64 } from '../graph/elements.js';
import { classifierOf } from '../model/load.js';
import { predict } from '../model/predict.js';
import { sizeOf, type Tensor } from '../tensor/tensor.js';
import { attribute } from './attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const random = seededRandom('images of a sample');
const normal = (length: number) => Float32Array.from({ length }, () => random.normal());
const array = (...shape: number[]): Tensor => ({ data: normal(sizeOf(shape)), shape });
const weights = (b: Builder, ...shape: number[]) => b.constant(float32(normal(sizeOf(shape)), shape));

/** Two classes: means over four images `[3, 6, 7]`, which `fold` makes of `[N, ...shape]`. */
function load(shape: readonly number[], fold: (b: Builder) => string) {
  const b = startGraph('net');
  const made = b.emit('Conv', [fold(b), weights(b, 5, 3, 3, 3)], { pads: ints([1, 1, 1, 1]) });
  const curved = b.emit('Sigmoid', [made], {}, 'curved');
  const pooled = b.reshape(b.emit('GlobalAveragePool', [curved]), [-1, 4, 5]);
  const mean = b.reshape(b.reduce('ReduceMean', pooled, [1]), [-1, 5]);
  b.alias(b.emit('MatMul', [mean, weights(b, 5, 2)]), 'y');
  const value = (name: string, of: (number | string)[]) => ({ name, type: 'float32' as const, shape: of });
  const graph = b.finish([value('x', ['N', ...shape])], [value('y', ['N', 2])]);
  return classifierOf(graph, 'net.onnx', { engine });
}

const folds: [string, number[], (b: Builder) => string][] = [
  ['[N, T x C, H, W]', [12, 6, 7], (b) => b.reshape('x', [-1, 3, 6, 7])],
  ['[N, T, C, H, W]', [4, 3, 6, 7], (b) => b.reshape('x', [-1, 3, 6, 7])],
  ['[N, C, T, H, W]', [3, 4, 6, 7], (b) => b.reshape(b.transpose('x', [0, 2, 1, 3, 4]), [-1, 3, 6, 7])],
  [
    '[N, T, 1, H, W], whose grey is every colour',
    [4, 1, 6, 7],
    (b) => b.emit('Tile', [b.reshape('x', [-1, 1, 6, 7]), b.constant(int64([1, 3, 1, 1]))]),
  ],
  ['[N, T, H, W, C]', [4, 6, 7, 3], (b) => b.transpose(b.reshape('x', [-1, 6, 7, 3]), [0, 3, 1, 2])],
];

describe('a network that folds the images of a sample into its batch', () => {
  it.each(folds)('%s: the gradient is that of each image', async (_, shape, fold) => {
    const model = await load(shape, fold);
    expect(model.input).toMatchObject({ layout: shape.length === 3 ? 'NCHW' : 'other', images: 4 });
    const x = array(2, ...shape);
    const { map } = await attribute(model, 'gradient', x, [0, 1]);
    expect(map.shape).toEqual(x.shape);
    const size = sizeOf(shape);
    for (const at of [0, 100, size - 1, size + 33, 2 * size - 1]) {
      const [row, step] = [at < size ? 0 : 1, 0.01];
      const moved = async (by: number) =>
        (await predict(model, { ...x, data: Float32Array.from(x.data, (v, i) => (i === at ? v + by : v)) }))
          .data[3 * row]!;
      const slope = ((await moved(step)) - (await moved(-step))) / (2 * step);
      expect(map.data[at]).toBeCloseTo(slope, 4);
    }
    const { residual } = await attribute(model, 'integrated-gradients', x, [0, 1], { steps: 32 });
    for (const left of residual!) expect(left).toBeCloseTo(0, 3);
  });

  it('methods that take a sample for one image are refused in words', async () => {
    const model = await load(...(folds[1]!.slice(1) as [number[], (b: Builder) => string]));
    const x = array(1, 4, 3, 6, 7);
    for (const method of ['occlusion', 'rise', 'fullgrad', 'kernel-shap', 'attention-rollout'])
      await expect(attribute(model, method, x, [0])).rejects.toThrow(
        `${method} explains one image; a sample [4,3,6,7] of the model holds 4, folded into its batch`,
      );
  });

  it('CAMs of images that share an axis with their channels, or have these last', async () => {
    for (const [, shape, fold] of [folds[0]!, folds[4]!]) {
      const model = await load(shape, fold);
      const refused = attribute(model, 'gradcam', array(1, ...shape), [0]);
      await expect(refused).rejects.toThrow(/^gradcam explains one image; .* holds 4, folded into its batch/);
      const guided = attribute(model, 'guided-gradcam', array(1, ...shape), [0]);
      await expect(guided).rejects.toThrow('the model has no map');
    }
  });

  it.each([
    ['joined along the batch', 0],
    ['joined behind their layers', 1],
  ])('the same of images that it picks, %s', async (_, way) => {
    const b = startGraph('views');
    const kernel = weights(b, 4, 1, 3, 3);
    const view = (i: number) => b.emit('Gather', ['x', b.constant(int64([i], []))], { axis: int(1) });
    const pooled = (of: string) =>
      b.reshape(b.emit('GlobalAveragePool', [b.emit('Relu', [b.emit('Conv', [of, kernel])])]), [-1, 4]);
    const both = b.reshape(pooled(b.emit('Concat', [view(0), view(1)], { axis: int(0) })), [2, -1, 4]);
    const mean =
      way === 0
        ? b.reduce('ReduceMean', both, [0], { keepdims: int(0) })
        : b.emit('Max', [pooled(view(0)), pooled(view(1))]);
    b.alias(b.emit('MatMul', [mean, weights(b, 4, 2)]), 'y');
    const value = (name: string, of: (number | string)[]) => ({ name, type: 'float32' as const, shape: of });
    const graph = b.finish([value('x', ['N', 2, 1, 6, 7])], [value('y', ['N', 2])]);
    const model = await classifierOf(graph, 'views.onnx', { engine });
    expect(model.input).toMatchObject({ images: 2, picked: true });
    const x = array(1, 2, 1, 6, 7);
    for (const method of ['occlusion', 'rise', 'kernel-shap'])
      await expect(attribute(model, method, x, [0])).rejects.toThrow(
        `${method} explains one image; a sample [2,1,6,7] of the model holds 2, picked one by one`,
      );
    expect((await attribute(model, 'gradient', x, [0])).map.shape).toEqual(x.shape);
  });

  it('a missing rule suggests no method that is refused as well', async () => {
    const model = await load([4, 3, 6, 7], (b) => {
      const images = b.reshape('x', [-1, 3, 6, 7]);
      const mean = b.reduce('ReduceMean', images, [1, 2, 3], { keepdims: int(1) });
      return b.emit('GridSample', [images, b.add(mean, weights(b, 1, 6, 7, 2))]);
    });
    for (const method of ['lrp', 'deeplift'])
      await expect(attribute(model, method, array(1, 4, 3, 6, 7), [0])).rejects.toThrow(
        /'GridSample' .*; methods that only run the network take the network of one image, exported by itself: a sample holds 4/,
      );
  });
});

it('patches that a network lays out as rows are no images', async () => {
  const picked = (b: Builder, x: string, axis: number, at: number[], length: number) =>
    b.emit('Gather', [x, b.constant(int64(at, [2, length]))], { axis: int(axis) });
  const model = await load([3, 12, 14], (b) => {
    const rows = picked(b, 'x', 2, [...Array(12).keys()], 6);
    const cut = b.transpose(picked(b, rows, 4, [...Array(14).keys()], 7), [0, 2, 4, 1, 3, 5]);
    return b.reshape(b.reshape(cut, [-1, 4, 126]), [-1, 3, 6, 7]);
  });
  expect(model.input.images).toBeUndefined();
  const { map } = await attribute(model, 'occlusion', array(1, 3, 12, 14), [0]);
  expect(map.shape).toEqual([1, 3, 12, 14]);
});

it('patches that a network cuts are one image, and none of them a map', async () => {
  const model = await load([3, 12, 14], (b) => {
    const cut = b.emit('Reshape', ['x', b.constant(int64([-1, 3, 2, 6, 2, 7]))]);
    return b.reshape(b.transpose(cut, [0, 2, 4, 1, 3, 5]), [-1, 3, 6, 7]);
  });
  expect(model.input.layout).toBe('NCHW');
  const x = array(1, 3, 12, 14);
  const { map } = await attribute(model, 'occlusion', x, [1], { window: 7, stride: 7, baseline: 'zero' });
  expect(map.shape).toEqual(x.shape);
  await expect(attribute(model, 'gradcam', x, [0])).rejects.toThrow('the model has no map');
  await expect(attribute(model, 'gradcam', x, [0], { layer: 'curved' })).rejects.toThrow("layer 'curved'");
});
