import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, ints } from '../../graph/attributes.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import type { Classifier } from '../../model/classifier.js';
import { classifierOf } from '../../model/load.js';
import { layerOf } from '../../model/maps/layer.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import { normalFrom } from '../../testing/normal.js';
import { attribute } from '../attribute.js';
import * as cam from './index.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const [views, positions, filters, classes] = [4, 6 * 7, 5, 2];
const kernels = normalFrom('kernels')(filters, 3, 3, 3).data as Float32Array;
const head = normalFrom('head')(filters, classes).data as Float32Array;

/** Scores of images `[images, 3, 6, 7]`: squares of means over positions, summed over a sample's images. */
function load(shape: readonly number[], images: (b: Builder) => string, count = views, sum = summed) {
  const b = startGraph('bag');
  const kernel = b.constant(
    float32(kernels.slice(0, (kernels.length / 3) * channelsOf(shape)), [filters, channelsOf(shape), 3, 3]),
  );
  const made = b.emit('Conv', [images(b), kernel], { pads: ints([1, 1, 1, 1]) });
  const means = b.emit('GlobalAveragePool', [b.emit('Sigmoid', [made], {}, 'curved')], {}, 'pooled');
  const squares = b.reshape(b.mul(means, means), [-1, count, filters]);
  b.alias(b.emit('MatMul', [sum(b, squares), b.constant(float32(head, [filters, classes]))]), 'y');
  const value = (name: string, of: (number | string)[]) => ({ name, type: 'float32' as const, shape: of });
  const graph = b.finish([value('x', ['N', ...shape])], [value('y', ['N', classes])]);
  return classifierOf(graph, 'bag.onnx', { engine });
}

const summed = (b: Builder, squares: string) => b.reduce('ReduceSum', squares, [1], { keepdims: int(0) });
const channelsOf = (shape: readonly number[]) => (shape.length === 3 && shape[0] !== 3 ? 1 : 3);

const swap = (b: Builder, x: string) => b.transpose(x, [0, 2, 1, 3, 4]);
const kinds: [string, number[], number[], (b: Builder) => string][] = [
  ['views [N, V, C, H, W]', [views, 3, 6, 7], [views, 1, 6, 7], (b) => b.reshape('x', [-1, 3, 6, 7])],
  [
    'slices [N, C, D, H, W]',
    [3, views, 6, 7],
    [1, views, 6, 7],
    (b) => b.reshape(swap(b, 'x'), [-1, 3, 6, 7]),
  ],
  ['grey views [N, V, H, W]', [views, 6, 7], [views, 6, 7], (b) => b.reshape('x', [-1, 1, 6, 7])],
];

/** The images of samples one after another. */
function apart({ data, shape }: Tensor): Tensor {
  const [count, ...own] = shape as [number, ...number[]];
  const channels = sizeOf(own) / views / positions;
  const isBehind = own.length === 4 && own[0] === 3;
  const from = (n: number, v: number, c: number) =>
    (n * views * channels + (isBehind ? c * views + v : v * channels + c)) * positions;
  const out = data.slice();
  for (let n = 0; n < count; n++)
    for (let v = 0; v < views; v++)
      for (let c = 0; c < channels; c++)
        out.set(
          data.subarray(from(n, v, c), from(n, v, c) + positions),
          ((n * views + v) * channels + c) * positions,
        );
  return { data: out, shape: [count * views, channels, 6, 7] };
}

const targets = [1, 0];
const ofImages = targets.flatMap((target) => Array<number>(views).fill(target));
const near = (got: Tensor, wanted: ArrayLike<number>) => {
  const greatest = Math.max(...Array.from(wanted, Math.abs));
  for (const [i, value] of got.data.entries())
    expect(Math.abs(value - wanted[i]!)).toBeLessThan(1e-6 * greatest);
};

describe.each(kinds)('of a network that folds images into its batch: %s', (_name, shape, mapShape, fold) => {
  const x = normalFrom('bags')(2, ...shape);
  const one = (model: Classifier) =>
    load(model.input.shape.length === 3 ? [1, 6, 7] : [3, 6, 7], () => 'x', 1);

  it.each(
    Object.values(cam)
      .map(({ name }) => name)
      .filter((name) => name !== 'ablationcam'),
  )('%s of a sum over images is that of each image', async (method) => {
    const model = await load(shape, fold);
    const { map } = await attribute(model, method, x, targets, { relu: false });
    expect(map.shape).toEqual([2, ...mapShape]);
    const wanted = await attribute(await one(model), method, apart(x), ofImages, { relu: false });
    near(map, wanted.map.data);
    const coarse = await attribute(model, method, x, targets, { upsample: 'none', relu: false });
    expect(coarse.map).toEqual(map);
  });

  it('guided-gradcam multiplies each image by its own map', async () => {
    const model = await load(shape, fold);
    const guided = await attribute(model, 'guided-gradcam', x, targets);
    expect(guided.map.shape).toEqual(x.shape);
    const [back, map] = await Promise.all(
      ['guided-backprop', 'gradcam'].map((method) => attribute(model, method, x, targets)),
    );
    const own = apart(back!.map);
    const channels = own.shape[1]!;
    const wanted = own.data.map(
      (g, i) => g * map!.map.data[Math.floor(i / positions / channels) * positions + (i % positions)]!,
    );
    near(apart(guided.map), wanted);
  });
});

it('the formulas hold where images act on one another', async () => {
  const weigh = (b: Builder, squares: string) => {
    const shares = b.emit('Softmax', [b.reduce('ReduceSum', squares, [2])], { axis: int(1) });
    return summed(b, b.mul(squares, shares));
  };
  const model = await load([views, 3, 6, 7], (b) => b.reshape('x', [-1, 3, 6, 7]), views, weigh);
  const x = normalFrom('bags')(1, views, 3, 6, 7);
  const activations = activationsOf(x.data as Float32Array);
  /** The score of class 1 by the means of all filters of all images. */
  const score = (means: readonly number[]) => {
    const of = (v: number) => means.slice(v * filters, (v + 1) * filters).map((m) => m * m);
    const sums = Array.from({ length: views }, (_, v) => Math.exp(of(v).reduce((a, b) => a + b, 0)));
    const total = sums.reduce((a, b) => a + b, 0);
    const scores = sums.map(
      (sum, v) => (sum / total) * of(v).reduce((a, m, k) => a + m * head[k * 2 + 1]!, 0),
    );
    return scores.reduce((a, b) => a + b, 0);
  };
  const means = activations.map((own) => own.reduce((a, b) => a + b, 0) / positions);
  const changed = (at: number, to: number) => score(means.map((m, i) => (i === at ? to : m)));
  const slope = (at: number) =>
    (changed(at, means[at]! + 1e-5) - changed(at, means[at]! - 1e-5)) / 2e-5 / positions;
  const lost = (at: number) => (score(means) - changed(at, 0)) / score(means);
  for (const [method, weight] of [
    ['gradcam', slope],
    ['ablationcam', lost],
  ] as const) {
    const { map } = await attribute(model, method, x, [1], { relu: false });
    const weights = means.map((_, at) => weight(at));
    const wanted = Array.from({ length: views * positions }, (_, i) => {
      const v = Math.floor(i / positions);
      const of = (k: number) => weights[v * filters + k]! * activations[v * filters + k]![i % positions]!;
      return of(0) + of(1) + of(2) + of(3) + of(4);
    });
    const greatest = Math.max(...wanted.map(Math.abs));
    for (const [i, value] of wanted.entries())
      expect(Math.abs(map.data[i]! - value)).toBeLessThan(1e-5 * greatest);
  }
});

/** What the filters make of images, `positions` numbers for each filter of each. */
function activationsOf(data: Float32Array): number[][] {
  return Array.from({ length: views * filters }, (_, at) => {
    const [v, k] = [Math.floor(at / filters), at % filters];
    return Array.from({ length: positions }, (_, p) => {
      let sum = 0;
      for (let c = 0; c < 3; c++)
        for (let i = 0; i < 9; i++) {
          const [row, column] = [Math.floor(p / 7) + Math.floor(i / 3) - 1, (p % 7) + (i % 3) - 1];
          if (row < 0 || row > 5 || column < 0 || column > 6) continue;
          sum += kernels[(k * 3 + c) * 9 + i]! * data[(v * 3 + c) * positions + row * 7 + column]!;
        }
      return 1 / (1 + Math.exp(-sum));
    });
  });
}

it('what scales pixels may stand before the fold', async () => {
  const shape = [views, 3, 6, 7];
  const x = normalFrom('bags')(1, ...shape);
  const fold = (b: Builder, of: string) => b.reshape(of, [-1, 3, 6, 7]);
  const scaled = await load(shape, (b) => fold(b, b.mul(b.sub('x', 0.5), 2)));
  const { map } = await attribute(scaled, 'gradcam', x, [1]);
  const plain = await load(shape, (b) => fold(b, 'x'));
  const other = { ...x, data: x.data.map((v) => (v - 0.5) * 2) };
  near(map, (await attribute(plain, 'gradcam', other, [1])).map.data);
});

describe('images whose order a network does not show are refused', () => {
  const x = normalFrom('bags')(1, views, 3, 6, 7);
  const folded = (b: Builder, of: string) => b.reshape(of, [-1, 3, 6, 7]);
  it.each<[string, (b: Builder) => string]>([
    ['reversed', (b) => folded(b, b.slice('x', [{ axis: 1, start: -1, end: -views - 1, step: -1 }]))],
    [
      'picked in another order',
      (b) => folded(b, b.emit('Gather', ['x', b.constant(int64([2, 0, 3, 1]))], { axis: int(1) })),
    ],
  ])('%s', async (_, images) => {
    const model = await load([views, 3, 6, 7], images);
    await expect(attribute(model, 'gradcam', x, [0])).rejects.toThrow(/^gradcam/);
  });

  it('mixed before the last map, of which an earlier one may be named', async () => {
    const model = await load([views, 3, 6, 7], (b) => {
      b.emit('Sigmoid', [folded(b, 'x')], {}, 'early');
      const apartAgain = b.reshape(b.emit('AveragePool', ['early'], { kernel_shape: ints([1, 1]) }, 'own'), [
        -1,
        views,
        3,
        6,
        7,
      ]);
      const moved = b.concat(
        [
          b.slice(apartAgain, [{ axis: 1, start: 1, end: views, step: 1 }]),
          b.slice(apartAgain, [{ axis: 1, start: 0, end: 1, step: 1 }]),
        ],
        1,
      );
      return folded(b, moved);
    });
    await expect(attribute(model, 'gradcam', x, [0])).rejects.toThrow(
      /^'own' is the last layer whose places are known, and '.*' reads 4 parts of it, folded into the batch/,
    );
    await expect(attribute(model, 'gradcam', x, [0], { layer: 'curved' })).rejects.toThrow(
      /layer 'curved' .*\[4,5,6,7\]/,
    );
    expect((await attribute(model, 'gradcam', x, [0], { layer: 'own' })).map.shape).toEqual([
      1,
      views,
      1,
      6,
      7,
    ]);
  });

  it('joined to a volume again', async () => {
    const b = startGraph('film');
    const kernel = (...shape: number[]) => b.constant(float32(normalFrom('film')(...shape).data, shape));
    b.emit('Conv', [folded(b, 'x'), kernel(2, 3, 1, 1)], {}, 'frames');
    const film = b.transpose(b.reshape('frames', [-1, views, 2, 6, 7]), [0, 2, 1, 3, 4]);
    const pooled = b.emit('GlobalAveragePool', [b.emit('Conv', [film, kernel(2, 2, 2, 1, 1)], {}, 'film')]);
    b.alias(b.reshape(pooled, [-1, 2]), 'y');
    const value = (name: string, of: (number | string)[]) => ({ name, type: 'float32' as const, shape: of });
    const graph = b.finish([value('x', ['N', views, 3, 6, 7])], [value('y', ['N', 2])]);
    const model = await classifierOf(graph, 'film.onnx', { engine });
    await expect(attribute(model, 'gradcam', x, [0])).rejects.toThrow(
      "layer 'film' [1,2,3,6,7] holds no row for each of the 4 images of a sample, in their order; give option",
    );
    const { map } = await attribute(model, 'gradcam', x, [0], { layer: 'frames' });
    expect(map.shape).toEqual([1, views, 1, 6, 7]);
  });

  it('a named layer behind them', async () => {
    const model = await load([views, 3, 6, 7], (b) => folded(b, 'x'));
    expect(layerOf(model, '').value).toBe('curved');
    await expect(attribute(model, 'gradcam', x, [0], { layer: 'pooled' })).rejects.toThrow(
      /has one position/,
    );
  });
});
