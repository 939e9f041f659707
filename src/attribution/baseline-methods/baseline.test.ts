import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import type { Classifier } from '../../model/classifier.js';
import { channelsLast } from '../../tensor/channels.js';
import { concatenate, rows, type Tensor, tensor } from '../../tensor/tensor.js';
import { attribute } from '../attribute.js';
import type { Method } from '../method.js';
import * as baselines from './index.js';

const [height, width] = [6, 5];
const engine: Classifier['engine'] = {
  name: 'none',
  compile: async () => {
    throw new Error('a baseline asked the model');
  },
  dispose: async () => {},
};
const modelOf = (layout: Classifier['input']['layout'], shape: readonly number[]): Classifier => ({
  graph: {
    name: 'g',
    nodes: [],
    inputs: [],
    outputs: [],
    initializers: new Map(),
    opsets: {},
    metadata: {},
  },
  engine,
  precision: 'float32',
  input: { name: 'x', shape, layout, normalisation: { mean: [], std: [] } },
  output: 'y',
  head: { link: 'softmax', says: '', plain: true },
  classes: [],
  shapes: new Map([['y', { dims: [1, 2], batchAxis: 0, type: 'float32' }]]),
});
const noise = (shape: readonly number[], seed: number) => {
  const random = seededRandom(seed);
  const length = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length }, () => random.normal()),
    shape,
  );
};
const explain = (
  method: Method,
  input: Tensor,
  { layout = 'NCHW' as Classifier['input']['layout'], given = {}, seed = 3 } = {},
) =>
  attribute(modelOf(layout, input.shape.slice(1)), method.name, input, Array(input.shape[0]).fill(0), given, {
    seed,
  });

/** Those that see the image alone. */
const ofTheImage = Object.values<Method>(baselines).filter(
  ({ name }) => name !== 'mean-mask' && name !== 'random-weights',
);

describe.each(ofTheImage.map((method) => [method.name, method] as const))('baseline %s', (_, method) => {
  const batch = noise([3, 2, height, width], 1);

  it('gives a finite, non-constant map without evaluating the model', async () => {
    const { map, evaluations } = await explain(method, batch);
    expect(map.shape).toEqual([3, 1, height, width]);
    expect(map.data.every(Number.isFinite)).toBe(true);
    expect(new Set(map.data).size).toBeGreaterThan(1);
    expect(evaluations).toEqual({ forward: 0, backward: 0 });
  });

  it('gives each image the same map alone and in a batch', async () => {
    const { map } = await explain(method, batch);
    const alone = [0, 1, 2].map(async (n) => (await explain(method, rows(batch, n, n + 1))).map);
    expect(concatenate(await Promise.all(alone))).toEqual(map);
  });

  it('gives the same map for the same seed', async () => {
    expect(await explain(method, batch)).toEqual(await explain(method, batch));
  });

  it('gives an image the same map in either layout', async () => {
    expect((await explain(method, channelsLast(batch), { layout: 'NHWC' })).map).toEqual(
      (await explain(method, batch)).map,
    );
  });

  it('rejects inputs that are no images', async () => {
    const vectors = explain(method, noise([2, 7], 1), { layout: 'other' });
    await expect(vectors).rejects.toThrow(
      `method '${method.name}' needs images; this model takes inputs of shape [2,7]`,
    );
  });
});

describe('baselines', () => {
  const batch = noise([2, 3, height, width], 2);

  it('random differs by seed and by image, and is smooth on request', async () => {
    const { map } = await explain(baselines.random, batch);
    expect((await explain(baselines.random, batch, { seed: 4 })).map).not.toEqual(map);
    expect(rows(map, 0, 1).data).not.toEqual(rows(map, 1, 2).data);
    const { map: smooth } = await explain(baselines.random, batch, { given: { smooth: 2 } });
    const spread = ({ data }: Tensor) => Math.max(...data) - Math.min(...data);
    expect(spread(smooth)).toBeLessThan(spread(map) / 3);
  });

  it('centre has its maximum in the middle and is symmetric', async () => {
    const { data } = (await explain(baselines.centre, noise([1, 1, 5, 5], 1))).map;
    expect(data[12]).toBe(1);
    expect([...data].reverse()).toEqual([...data]);
    expect(data[0]).toBeCloseTo(Math.exp(-(0.4 ** 2) / 0.125) ** 2, 5);
    expect(data[0]).toBeCloseTo(Math.exp(-2 * (0.4 ** 2 / (2 * 0.25 ** 2))), 5);
  });

  it('mean-mask is the given mask at the size of the input, for every image', async () => {
    const given = {
      meanMask: tensor(
        Float32Array.from({ length: height * width }, (_, p) => p),
        [1, 1, height, width],
      ),
    };
    const { map } = await explain(baselines.meanMask, batch, { given });
    expect([...rows(map, 1, 2).data]).toEqual([...given.meanMask.data]);
    await expect(explain(baselines.meanMask, batch)).rejects.toThrow(/needs the mean of training masks/);
    const masks = (count: number) => ({
      meanMask: tensor(
        Float32Array.from({ length: count * height * width }, (_, p) => p),
        [count, 1, height, width],
      ),
    });
    const each = await attribute(modelOf('NCHW', batch.shape.slice(1)), 'mean-mask', batch, [1, 0], masks(2));
    expect([0, 1].map((n) => rows(each.map, n, n + 1).data[0])).toEqual([height * width, 0]);
    await expect(explain(baselines.meanMask, batch, { given: masks(3) })).rejects.toThrow(
      'has 3 masks; it takes one, or one of each of 2 outputs',
    );
  });

  it('input is the mean magnitude over channels, or the mean', async () => {
    const image = tensor(Float32Array.of(1, -2, -3, -4), [1, 2, 1, 2]);
    expect([...(await explain(baselines.input, image)).map.data]).toEqual([2, 3]);
    expect([...(await explain(baselines.input, image, { given: { absolute: false } })).map.data]).toEqual([
      -1, -3,
    ]);
  });
});
