import { afterAll, expect, it, vi } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float, int, ints } from '../../graph/attributes.js';
import { type Builder, extend } from '../../graph/builder.js';
import { float32, numbers } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { sizeOf } from '../../tensor/tensor.js';
import { classifierOf } from '../load.js';
import { affineOf } from './affine.js';
import { mergeBatchNorm } from './merge-batchnorm.js';

vi.mock('./affine.js', async (original) => {
  const real = await original<typeof import('./affine.js')>();
  return { ...real, affineOf: vi.fn(real.affineOf) };
});

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const random = seededRandom('merge');
const draw = (shape: readonly number[], shift = 0) =>
  float32(
    Float32Array.from({ length: sizeOf(shape) }, () => shift + random.normal()),
    shape,
  );
const positive = (length: number) => float32(Float32Array.from({ length }, () => 0.3 + random.uniform()));

const bn = (b: Builder, x: string, channels: number) =>
  b.emit(
    'BatchNormalization',
    [
      x,
      ...[draw([channels]), draw([channels]), draw([channels]), positive(channels)].map((c) => b.constant(c)),
    ],
    { epsilon: float(1e-3) },
  );

interface Conv {
  readonly op?: string;
  readonly group?: number;
  readonly pads?: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly bias?: boolean;
}
const conv = (b: Builder, x: string, shape: readonly number[], given: Conv = {}) => {
  const {
    op = 'Conv',
    group = 1,
    pads = [0, 0, 0, 0],
    strides = [1, 1],
    dilations = [1, 1],
    bias = true,
  } = given;
  const outputs = op === 'Conv' ? shape[0]! : shape[1]! * group;
  const inputs = [x, b.constant(draw(shape))];
  if (bias) inputs.push(b.constant(draw([outputs])));
  const spatial = { pads: ints(pads), strides: ints(strides), dilations: ints(dilations) };
  return b.emit(op, inputs, { group: int(group), ...spatial });
};

/** A classifier whose outputs are the channel means of the last value. */
function network(sample: readonly number[], build: (b: Builder, x: string) => string): Graph {
  const inputs = [{ name: 'x', type: 'float32' as const, shape: ['N', ...sample] }];
  const b = extend({
    name: 'test',
    opsets: { '': 20 },
    inputs,
    outputs: [],
    nodes: [],
    initializers: new Map(),
    metadata: {},
  });
  const last = build(b, 'x');
  b.alias(sample.length === 1 ? last : b.emit('Flatten', [b.emit('GlobalAveragePool', [last])]), 'y');
  return b.finish(inputs, [{ name: 'y', type: 'float32' }]);
}

const image = [3, 7, 6];
const cases: readonly (readonly [string, readonly number[], (b: Builder, x: string) => string, number])[] = [
  ['a convolution', image, (b, x) => bn(b, conv(b, x, [4, 3, 3, 3], { pads: [1, 1, 1, 1] }), 4), 0],
  ['a convolution without bias', image, (b, x) => bn(b, conv(b, x, [4, 3, 3, 3], { bias: false }), 4), 0],
  ['a grouped convolution', image, (b, x) => bn(b, conv(b, x, [6, 1, 3, 3], { group: 3 }), 6), 0],
  [
    'a transposed, grouped convolution',
    [4, 5, 5],
    (b, x) => bn(b, conv(b, x, [4, 3, 2, 2], { op: 'ConvTranspose', group: 2 }), 6),
    0,
  ],
  [
    'a Gemm with alpha and beta',
    [5],
    (b, x) => {
      const weights = [b.constant(draw([5, 4])), b.constant(draw([4]))];
      return bn(b, b.emit('Gemm', [x, ...weights], { alpha: float(0.5), beta: float(2) }), 4);
    },
    0,
  ],
  [
    'a linear layer with transposed weights',
    [5],
    (b, x) => bn(b, b.emit('Gemm', [x, b.constant(draw([4, 5]))], { transB: int(1) }), 4),
    0,
  ],
  [
    'a convolution as scale and shift',
    image,
    (b, x) => {
      const scaled = b.emit('Mul', [b.constant(draw([1, 4, 1, 1])), conv(b, x, [4, 3, 3, 3])]);
      return b.emit('Add', [scaled, b.constant(draw([4, 1, 1]))]);
    },
    0,
  ],
  [
    'the convolution after it, padded unevenly, with strides and dilations',
    image,
    (b, x) => conv(b, bn(b, x, 3), [4, 3, 3, 2], { pads: [2, 0, 1, 3], strides: [2, 1], dilations: [1, 2] }),
    0,
  ],
  [
    'the grouped convolutions after it',
    image,
    (b, x) => {
      const y = bn(b, x, 3);
      const pads = [1, 1, 1, 1];
      return b.emit('Add', [
        conv(b, y, [3, 1, 3, 3], { group: 3, pads }),
        conv(b, y, [3, 3, 3, 3], { pads }),
      ]);
    },
    0,
  ],
  [
    'layers across a concatenation',
    image,
    (b, x) => {
      const parts = [conv(b, x, [2, 3, 1, 1]), x, conv(b, x, [4, 3, 1, 1], { bias: false })];
      const joined = bn(b, b.emit('Concat', parts, { axis: int(1) }), 9);
      return conv(b, b.emit('Relu', [joined]), [2, 9, 3, 3]);
    },
    1,
  ],
];

it.each(cases)('merges into %s without changing the outputs', async (_, sample, build, left) => {
  const model = await classifierOf(network(sample, build), 'network', { engine });
  const merged = mergeBatchNorm(model.graph, model.shapes);
  const ops = merged.graph.nodes.map((n) => n.op);
  expect(ops.filter((op) => op === 'BatchNormalization' || op === 'Mul')).toHaveLength(left);
  await expectSame(model.graph, merged.graph, sample);
  for (const node of merged.graph.nodes) {
    for (const value of [...node.inputs, ...node.outputs]) expect(merged.shapes.has(value), value).toBe(true);
  }
});

it('keeps a BatchNormalization whose layer has another reader', async () => {
  const build = (b: Builder, x: string) => {
    const first = conv(b, x, [3, 3, 1, 1]);
    const second = conv(b, b.emit('Relu', [bn(b, first, 3)]), [3, 3, 3, 3], { pads: [1, 1, 1, 1] });
    return b.emit('Add', [first, second]);
  };
  const model = await classifierOf(network(image, build), 'network', { engine });
  const merged = mergeBatchNorm(model.graph, model.shapes);
  expect(merged.graph.nodes).toEqual(model.graph.nodes);
});

it.each<[string, number[], (b: Builder, x: string) => string]>([
  ['a linear layer', [5], (b, x) => b.emit('Gemm', [x, b.constant(draw([5, 1]))])],
  ['a convolution', image, (b, x) => conv(b, x, [1, 3, 3, 3])],
])('keeps a shift that repeats the one channel of %s', async (_, sample, layer) => {
  const rank = sample.length + 1;
  const shape = [1, 4, 1, 1].slice(0, rank);
  const build = (b: Builder, x: string) => b.add(layer(b, x), b.constant(draw(shape)));
  const model = await classifierOf(network(sample, build), 'network', { engine });
  expect(mergeBatchNorm(model.graph, model.shapes).graph.nodes).toEqual(model.graph.nodes);
});

it('merges only into the layer before it without `all`', async () => {
  const build = (b: Builder, x: string) => bn(b, conv(b, bn(b, x, 3), [4, 3, 3, 3]), 4);
  const model = await classifierOf(network(image, build), 'network', { engine });
  const merged = mergeBatchNorm(model.graph, model.shapes, { all: false });
  expect(merged.graph.nodes.map((n) => n.op).filter((op) => op === 'BatchNormalization')).toHaveLength(1);
  await expectSame(model.graph, merged.graph, image);
});

async function expectSame(a: Graph, b: Graph, sample: readonly number[]) {
  const x = draw([2, ...sample], 0.5);
  const [before, after] = await Promise.all(
    [a, b].map(async (graph) => numbers((await (await engine.compile(graph)).run({ x })).y!)),
  );
  const size = Math.hypot(...before!);
  expect(Math.hypot(...before!.map((v, i) => v - after![i]!)) / size).toBeLessThan(2e-6);
}

it('reads the constants of a layer equally often, however deep the network', async () => {
  const reads = async (layers: number) => {
    const graph = network([2, 4, 4], (b, x) => {
      let value = x;
      for (let i = 0; i < layers; i++) value = b.relu(bn(b, conv(b, value, [2, 2, 1, 1]), 2));
      return value;
    });
    const { shapes } = await classifierOf(graph, 'deep', { engine });
    vi.mocked(affineOf).mockClear();
    const merged = mergeBatchNorm(graph, shapes, { all: false });
    expect(merged.graph.nodes.some(({ op }) => op === 'BatchNormalization')).toBe(false);
    return vi.mocked(affineOf).mock.calls.length;
  };
  expect(await reads(20)).toBe(2 * (await reads(10)));
});
