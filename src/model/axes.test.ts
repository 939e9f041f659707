import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int, ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { int64 } from '../graph/elements.js';
import { channelsFirst } from '../tensor/channels.js';
import { array, conv, head, networkOf, pooled, relu, weights } from '../testing/networks/pooled.js';
import { classifierOf, type LoadOptions } from './load.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
/** A classifier of inputs `[N, ...shape]` into two classes. */
const load = (shape: readonly number[], body: (b: Builder) => string, options: LoadOptions = {}) =>
  classifierOf(networkOf(shape, body), 'net.onnx', { engine, ...options });
const cnn = (b: Builder, from: string, channels: number) =>
  head(b, pooled(b, relu(b, conv(b, from, channels, 3), 'last')), 3);

it('an input whose positions are turned on the way has no maps of layers', async () => {
  const model = await load([6, 5, 2], (b) => cnn(b, b.transpose('x', [0, 3, 2, 1]), 2));
  const input = { data: Float32Array.from({ length: 60 }, (_, i) => Math.sin(i)), shape: [1, 6, 5, 2] };
  const { map } = await attribute(model, 'gradient', input, [0]);
  expect(map.shape).toEqual([1, 6, 5, 2]);
  await expect(attribute(model, 'gradcam', input, [0])).rejects.toThrow(
    'gradcam: the network reads the positions of a sample [6,5,2] in another order than it has',
  );
});

it('a signal of one channel, whose axis is moved, keeps its places', async () => {
  const model = await load([24, 1], (b) => {
    const row = b.reshape(b.emit('Unsqueeze', ['x', b.constant(int64([1]))]), [-1, 1, 1, 24]);
    const made = b.emit('Squeeze', [conv(b, row, 1, 3), b.constant(int64([2]))]);
    const last = relu(b, b.transpose(made, [0, 2, 1]), 'last');
    return head(b, b.reduce('ReduceMean', last, [1]), 3);
  });
  expect(model.input).toMatchObject({ layout: 'other', channelsLast: true });
  const input = { data: Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)), shape: [1, 24, 1] };
  const [map, last] = await Promise.all(
    ['', 'last'].map((layer) => attribute(model, 'gradcam', input, [0], { upsample: 'none', layer })),
  );
  expect(map!.map.shape).toEqual([1, 1, 1, 24]);
  expect(map!.map.data).toEqual(last!.map.data);
});

describe('colours that are mixed before the first convolution leave the positions known', () => {
  const mixed = (b: Builder, pixels: string, to: number) =>
    b.emit('MatMul', [pixels, b.constant(weights(3, to))]);
  const first = (b: Builder, last: string) => b.transpose(last, [0, 3, 1, 2]);
  it.each<[string, 'NHWC' | 'NCHW', number, (b: Builder) => string]>([
    [
      "to grey by TensorFlow's product of all pixels",
      'NHWC',
      1,
      (b) => b.reshape(b.reshape(mixed(b, b.reshape('x', [-1, 3]), 1), [-1, 6, 5]), [-1, 1, 6, 5]),
    ],
    [
      'to grey and repeated as three colours',
      'NHWC',
      3,
      (b) => {
        const grey = b.reshape(mixed(b, b.reshape('x', [-1, 3]), 1), [-1, 6, 5, 1]);
        return first(b, b.emit('Tile', [grey, b.constant(int64([1, 1, 1, 3]))]));
      },
    ],
    [
      'by a matrix, the pixels of all images in a column',
      'NHWC',
      3,
      (b) => first(b, b.reshape(mixed(b, b.reshape('x', [-1, 3]), 3), [-1, 6, 5, 3])),
    ],
    ['by a matrix', 'NHWC', 3, (b) => first(b, mixed(b, 'x', 3))],
    [
      'by weights and a sum',
      'NHWC',
      1,
      (b) => first(b, b.reduce('ReduceSum', b.mul('x', b.constant(weights(3))), [3])),
    ],
    [
      'by a matrix before the pixels of an image',
      'NCHW',
      2,
      (b) =>
        b.reshape(b.emit('MatMul', [b.constant(weights(2, 3)), b.reshape('x', [0, 3, 30])]), [-1, 2, 6, 5]),
    ],
    [
      'turned to the end and back',
      'NCHW',
      2,
      (b) => {
        const pixels = b.reshape(b.transpose('x', [0, 2, 3, 1]), [-1, 3]);
        return first(b, b.reshape(mixed(b, pixels, 2), [-1, 6, 5, 2]));
      },
    ],
  ])('%s', async (_name, layout, channels, mix) => {
    const shape = layout === 'NHWC' ? [6, 5, 3] : [3, 6, 5];
    const model = await load(shape, (b) => cnn(b, mix(b), channels));
    expect(model.input.layout).toBe(layout);
    const { map, notes } = await attribute(model, 'gradcam', array(1, ...shape), [1], { relu: false });
    const { map: own } = await attribute(model, 'gradcam', array(1, ...shape), [1], { upsample: 'none' });
    expect([map.shape, own.shape]).toEqual([
      [1, 1, 6, 5],
      [1, 1, 6, 5],
    ]);
    expect(notes.join()).not.toContain('does not tell');
  });
});

it.each([
  ['moved to the front', [6, 5, 4, 1], (b: Builder) => b.reshape('x', [-1, 1, 6, 5, 4])],
  ['moved to the front of a square', [5, 5, 5, 1], (b: Builder) => b.reshape('x', [-1, 1, 5, 5, 5])],
])('the one channel of a volume may be %s by a reshape', async (_, shape, moved) => {
  const model = await load(shape, (b) =>
    head(b, pooled(b, b.emit('Conv', [moved(b), b.constant(weights(3, 1, 2, 2, 2))], {}, 'last')), 3),
  );
  expect(model.input).toMatchObject({ layout: 'other', channelsLast: true });
  const input = array(2, ...shape);
  const maps = await attribute(model, 'gradcam', input, [0, 1]);
  expect(maps.map.shape).toEqual([2, 1, ...shape.slice(0, 3)]);
});

it.each([
  ['steps first', (b: Builder) => b.transpose('x', [1, 0, 2])],
  ['features first', (b: Builder) => b.transpose('x', [2, 0, 1])],
])('the steps of a recurrent layer are positions: %s', async (order, turn) => {
  const shape = order === 'steps first' ? [6, 4] : [4, 6];
  const model = await load(shape, (b) => {
    const made = b.emitAll(
      'GRU',
      [turn(b), ...[weights(1, 9, 4), weights(1, 9, 3)].map((w) => b.constant(w))],
      2,
      {
        hidden_size: int(3),
      },
    );
    return b.emit('MatMul', [b.reshape(made[1]!, [-1, 3]), b.constant(weights(3, 2))]);
  });
  expect(model.input).toMatchObject(order === 'steps first' ? { channelsLast: true } : { space: 1 });
  const { map } = await attribute(model, 'occlusion', array(2, ...shape), [0, 1], { window: 1, stride: 1 });
  expect(map.data.some((value) => value !== 0)).toBe(true);
});

it.each<[string, (b: Builder) => string]>([
  ['at once', (b) => b.transpose('x', [0, 3, 1, 2])],
  ['behind what scales pixels', (b) => b.transpose(b.mul('x', 0.1), [0, 3, 1, 2])],
])(
  'images that are turned channels first, and cut without a layer, have them last: %s',
  async (_, turned) => {
    const body = (b: Builder) => {
      const cut = b.transpose(b.reshape(turned(b), [-1, 2, 2, 3, 2, 3]), [0, 2, 4, 1, 3, 5]);
      return head(
        b,
        b.reduce('ReduceMean', b.relu(b.reshape(cut, [-1, 4, 18])), [1], { keepdims: int(0) }),
        18,
      );
    };
    expect((await load([6, 6, 2], body)).input).toMatchObject({ layout: 'NHWC', layoutBy: 'graph' });
  },
);

describe('inputs with their channels last', () => {
  it.each<[string, number[], number[]]>([
    ['volumes', [4, 5, 6, 2], [4, 5, 6]],
    ['signals', [9, 3], [9]],
  ])('%s are explained as with channels first', async (_, shape, places) => {
    const channels = shape.at(-1)!;
    const kernel = weights(3, channels, ...places.map(() => 3));
    const last = weights(3, 2);
    const body = (from: (b: Builder) => string) => (b: Builder) => {
      const pads = ints(places.flatMap(() => [1, 1]));
      const made = relu(b, b.emit('Conv', [from(b), b.constant(kernel)], { pads }));
      return b.emit('MatMul', [pooled(b, made), b.constant(last)]);
    };
    const first = await load(
      [channels, ...places],
      body(() => 'x'),
    );
    const behind = await load(
      shape,
      body((b) => b.transpose('x', [0, shape.length, ...places.map((_, i) => i + 1)])),
    );
    expect(behind.input).toMatchObject({ layout: 'other', channelsLast: true, layoutBy: 'graph' });
    const input = array(1, ...shape);
    const moved = channelsFirst(input, places.length);
    for (const method of ['gradient', 'occlusion', 'fullgrad'] as const) {
      const wanted = await attribute(first, method, moved, [0]);
      const got = await attribute(behind, method, input, [0]);
      const isMap = got.map.shape[1] === 1;
      const map = isMap ? got.map : channelsFirst(got.map, places.length);
      expect(map.shape).toEqual(wanted.map.shape);
      for (const [i, number] of map.data.entries()) expect(number).toBeCloseTo(wanted.map.data[i]!, 5);
    }
  });
});

describe("an input's layout is what its first layer over maps says", () => {
  it.each<[string, number[], (b: Builder) => string, string]>([
    ['channels first, of width 3', [11, 9, 3], (b) => cnn(b, 'x', 11), 'NCHW'],
    ['channels first, of three rows', [5, 3, 8], (b) => cnn(b, 'x', 5), 'NCHW'],
    ['channels last, of two', [8, 6, 2], (b) => cnn(b, b.transpose('x', [0, 3, 1, 2]), 2), 'NHWC'],
    ['channels last, of one, reshaped', [8, 6, 1], (b) => cnn(b, b.reshape('x', [-1, 1, 8, 6]), 1), 'NHWC'],
    [
      'channels last behind what scales pixels',
      [4, 6, 5],
      (b) => cnn(b, b.transpose(b.mul(b.sub('x', b.constant(weights(5))), 0.1), [0, 3, 1, 2]), 5),
      'NHWC',
    ],
  ])('%s', async (_name, shape, body, layout) => {
    const model = await load(shape, body);
    expect(model.input.layout).toBe(layout);
    const { map } = await attribute(model, 'gradcam', array(1, ...shape), [0]);
    const [height, width] = layout === 'NCHW' ? shape.slice(1) : shape;
    expect(map.shape).toEqual([1, 1, height, width]);
  });

  it.each<[string, (b: Builder) => string]>([
    ['first', () => 'x'],
    ['behind a cast', (b) => b.emit('Cast', ['x'], { to: int(1) })],
  ])('an input without a batch axis is refused in one line: %s', async (_, image) => {
    const body = (b: Builder) => cnn(b, b.emit('Unsqueeze', [image(b), b.constant(int64([0]))]), 3);
    const b = startGraph('net');
    b.alias(body(b), 'y');
    const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
    const made = classifierOf(b.finish([value('x', [3, 8, 8])], [value('y', [1, 2])]), 'net.onnx', {
      engine,
    });
    await expect(made).rejects.toThrow(
      /^net.onnx: input 'x' \[3,8,8\] has no batch axis: node '.*' \(Unsqueeze\)/,
    );
  });
});

describe('a first axis that is not the batch is refused in one line', () => {
  it('where it holds the views of a sample', async () => {
    const views = (b: Builder) => {
      const scores = cnn(b, 'x', 3);
      const apart = b.emit('Reshape', [scores, b.constant(int64([-1, 2, 2]))]);
      return b.emit('ReduceMax', [apart, b.constant(int64([1]))], { keepdims: int(0) });
    };
    await expect(load([3, 8, 8], views)).rejects.toThrow(
      /^net.onnx: the network runs with 2 rows of input 'x' \[N,3,8,8\], and not with one: its first axis/,
    );
  });

  it('where the batch is the second axis of a sequence', async () => {
    const b = startGraph('net');
    b.alias(head(b, b.emit('ReduceMean', ['x', b.constant(int64([0]))], { keepdims: int(0) }), 5), 'y');
    const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
    const graph = b.finish([value('x', [12, 'batch', 5])], [value('y', ['batch', 2])]);
    await expect(classifierOf(graph, 'net.onnx', { engine })).rejects.toThrow(
      "net.onnx: input 'x' [12,batch,5] has its batch 'batch' on axis 1; export the model with a batch axis",
    );
  });
});
