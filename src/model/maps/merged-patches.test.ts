import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, ints } from '../../graph/attributes.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { int64 } from '../../graph/elements.js';
import { value, weights } from '../../testing/networks/scores.js';
import { classifierOf } from '../load.js';
import { layerOf } from './layer.js';
import { placedBy } from './view.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const every = (b: Builder, x: string, axis: number, start: number) =>
  b.emit('Slice', [x, ...[[start], [2 ** 31], [axis], [2]].map((list) => b.constant(int64(list)))]);

/** The four values of each two by two neighbours, cut out of every second row and column. */
const neighbours = (b: Builder, x: string, [rows, columns]: readonly [number, number]) => {
  const starts = [0, 1].flatMap((column) => [0, 1].map((row) => [row, column] as const));
  return starts.map(([row, column]) => every(b, every(b, x, rows, row), columns, column));
};

/** Two by two neighbours as the channels of one position. */
const gathered = (b: Builder, x: string, axes: readonly [number, number], channels: number) =>
  b.emit('Concat', neighbours(b, x, axes), { axis: int(channels) });

/** Neighbours joined two at a time: the last would weigh as much as all others. */
const chained = (b: Builder, x: string, axes: readonly [number, number], op: string) =>
  neighbours(b, x, axes).reduce((sum, part) => b.emit(op, [sum, part]));

/** Tokens of a grid `[N, 8, 8, 6]`. */
const grid = (b: Builder) =>
  b.reshape(b.transpose(b.reshape(patches(b), [-1, 6, 64]), [0, 2, 1]), [-1, 8, 8, 6]);

const patches = (b: Builder) =>
  b.relu(b.emit('Conv', ['x', b.constant(weights(6, 1, 4, 4))], { strides: ints([4, 4]) }));

/** Tokens `[N, 64, 6]` merged to `[N, 16, 24]`, as in Swin. */
const mergedTokens = (b: Builder) => {
  const merged = gathered(b, grid(b), [1, 2], 3);
  const mixed = b.emit('MatMul', [b.reshape(merged, [-1, 16, 24]), b.constant(weights(24, 5))]);
  return b.transpose(b.reshape(b.relu(mixed), [-1, 4, 4, 5]), [0, 3, 1, 2]);
};

const pixels = (b: Builder) => b.relu(b.emit('Conv', ['x', b.constant(weights(6, 1, 1, 1))]));

const padded = (b: Builder, x: string) => b.emit('Pad', [x, b.constant(int64([0, 0, 0, 0, 0, 0, 1, 1]))]);

/** Pooling beside a convolution, each padded at the end: one by a node in front of it, one by itself. */
const pooledBeside = (b: Builder) => {
  const maps = b.relu(b.emit('Conv', ['x', b.constant(weights(6, 1, 2, 2))], { strides: ints([2, 2]) }));
  const pooled = b.emit('MaxPool', [padded(b, maps)], { kernel_shape: ints([2, 2]) });
  const beside = b.emit('Conv', [maps, b.constant(weights(4, 6, 2, 2))], { pads: ints([0, 0, 1, 1]) });
  return b.emit('Concat', [pooled, b.relu(beside)], { axis: int(1) });
};

/** Every second position beside those that follow them, three times: the factorised reduction of NASNet. */
const factorised = (b: Builder) => {
  const every = { kernel_shape: ints([1, 1]), strides: ints([2, 2]) };
  return [6, 8, 8].reduce((x, width) => {
    const cut = [
      [1, 1],
      [2 ** 31, 2 ** 31],
      [2, 3],
    ].map((list) => b.constant(int64(list)));
    const parts = [x, b.emit('Slice', [padded(b, x), ...cut])].map((part) =>
      b.emit('Conv', [b.emit('AveragePool', [part], every), b.constant(weights(4, width, 1, 1))]),
    );
    return b.relu(b.emit('Concat', parts, { axis: int(1) }));
  }, pixels(b));
};

/** Positions of patches times the sum over all patches, as in linear attention. */
const timesContext = (b: Builder) => {
  const maps = b.emit('Conv', [patches(b), b.constant(weights(6, 6, 1, 1))]);
  const parts = b.transpose(b.reshape(maps, [-1, 6, 4, 2, 4, 2]), [0, 1, 3, 5, 2, 4]);
  const within = b.reshape(parts, [-1, 6, 4, 16]);
  const context = b.emit('ReduceSum', [within, b.constant(int64([3]))], { keepdims: int(1) });
  const turned = b.transpose(
    b.reshape(b.mul(b.relu(within), context), [-1, 6, 2, 2, 4, 4]),
    [0, 1, 4, 2, 5, 3],
  );
  return b.relu(b.emit('Conv', [b.reshape(turned, [-1, 6, 8, 8]), b.constant(weights(5, 6, 1, 1))]));
};

it.each<[string, number, (b: Builder) => string]>([
  ['maps pooled beside a convolution of them', 10, pooledBeside],
  ['every second position beside those that follow', 8, factorised],
  ['patches times the sum over all', 5, timesContext],
  ['patches merged as maps', 24, (b) => gathered(b, patches(b), [2, 3], 1)],
  [
    'patches merged channels last',
    5,
    (b) => {
      const merged = gathered(b, b.transpose(patches(b), [0, 2, 3, 1]), [1, 2], 3);
      const mixed = b.emit('MatMul', [merged, b.constant(weights(24, 5))]);
      return b.transpose(b.relu(mixed), [0, 3, 1, 2]);
    },
  ],
  ['patches merged as tokens', 5, mergedTokens],
  ['every second patch', 6, (b) => every(b, every(b, patches(b), 2, 0), 3, 1)],
  [
    'every second patch beside a layer with strides',
    6,
    (b) => {
      const x = patches(b);
      const strided = b.emit('Conv', [x, b.constant(weights(6, 6, 1, 1))], { strides: ints([2, 2]) });
      return b.relu(b.emit('Add', [every(b, every(b, x, 2, 0), 3, 0), strided]));
    },
  ],
  [
    'windows of two patches by a table of places',
    6,
    (b) => {
      const table = b.constant(int64([0, 2, 4, 6, 1, 3, 5, 7], [2, 4]));
      const rows = b.emit('Gather', [patches(b), table], { axis: int(2) });
      const largest = b.emit('ReduceMax', [rows, b.constant(int64([2]))], { keepdims: int(0) });
      const columns = b.emit('Gather', [largest, table], { axis: int(3) });
      return b.emit('ReduceMax', [columns, b.constant(int64([3]))], { keepdims: int(0) });
    },
  ],
  ['patches added', 6, (b) => b.relu(chained(b, patches(b), [2, 3], 'Add'))],
  ['the greatest of patches', 6, (b) => chained(b, patches(b), [2, 3], 'Max')],
  ['patches added at once', 6, (b) => b.emit('Sum', neighbours(b, patches(b), [2, 3]))],
  [
    'patches added as tokens',
    6,
    (b) => b.transpose(b.relu(chained(b, grid(b), [1, 2], 'Add')), [0, 3, 1, 2]),
  ],
  [
    'wavelets of patches',
    24,
    (b) => {
      const [first, ...others] = neighbours(b, patches(b), [2, 3]) as [string, ...string[]];
      const of = (...ops: readonly string[]) =>
        others.reduce((sum, part, i) => b.emit(ops[i]!, [sum, part]), first);
      const all = [
        of('Add', 'Add', 'Add'),
        of('Add', 'Sub', 'Sub'),
        of('Sub', 'Add', 'Sub'),
        of('Sub', 'Sub', 'Add'),
      ];
      return b.relu(b.emit('Concat', all, { axis: int(1) }));
    },
  ],
  [
    'pixels gathered in front of the network',
    5,
    (b) => b.relu(b.emit('Conv', [gathered(b, 'x', [2, 3], 1), b.constant(weights(5, 4, 1, 1))])),
  ],
])('%s lie over the whole image', async (_, channels, maps) => {
  const b = startGraph('merged');
  const means = b.emit('ReduceMean', [maps(b), b.constant(int64([2, 3]))], { keepdims: int(0) });
  b.alias(b.emit('MatMul', [means, b.constant(weights(channels, 2))]), 'y');
  const graph = b.finish([value('x', ['N', 1, 32, 32])], [value('y')]);
  const model = await classifierOf(graph, 'merged.onnx', { engine });
  expect(placedBy(model, layerOf(model, ''))).toEqual({ notes: [] });
});
