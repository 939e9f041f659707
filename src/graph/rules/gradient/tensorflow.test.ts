import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import type { Array64 } from '../../../testing/reference/arrays.js';
import { type Case, titleOf } from '../../../testing/reference/cases/index.js';
import { prepare, withGradients } from '../../../testing/reference/prepare.js';
import { type Attributes, float, int, ints, string } from '../../attributes.js';
import { float32, int64, numbers, scalar } from '../../elements.js';

const engine = onnxRuntime();
beforeAll(async () => {
  await tf.setBackend('cpu');
});
afterAll(() => engine.dispose());

type Peer = (...inputs: tf.Tensor[]) => tf.Tensor;

const channelsLast = (x: tf.Tensor) => tf.transpose(x, [0, 2, 3, 1]) as tf.Tensor4D;
const channelsFirst = (y: tf.Tensor) => tf.transpose(y, [0, 3, 1, 2]);

const x = ['N', 3, 4] as const;
const image = ['N', 2, 6, 6] as const;

const convolution = (
  about: string,
  w: readonly number[],
  attributes: Attributes,
  peer: Peer,
  on: Case['inputs'][number] = image,
) => [{ op: 'Conv', about, inputs: [on, w], attributes }, peer] as const;

const conv2d =
  (stride: number, pad: 'valid' | number, dilation = 1): Peer =>
  (a, w) =>
    channelsFirst(
      tf.conv2d(
        channelsLast(a!),
        tf.transpose(w!, [2, 3, 1, 0]) as tf.Tensor4D,
        stride,
        pad,
        'NHWC',
        dilation,
      ),
    );

/** ONNX holds a depthwise kernel as [channels x multiplier, 1, H, W]. */
const depthwise =
  (channels: number, stride: number, pad: 'valid' | number): Peer =>
  (a, w) => {
    const [outputs, , height, width] = w!.shape as [number, number, number, number];
    const kernel = tf.reshape(w!, [channels, outputs / channels, height, width]);
    return channelsFirst(
      tf.depthwiseConv2d(channelsLast(a!), tf.transpose(kernel, [2, 3, 0, 1]) as tf.Tensor4D, stride, pad),
    );
  };

const unary = (op: string, peer: Peer, rest: Partial<Case> = {}) =>
  [{ op, inputs: [x], ...rest }, peer] as const;

const pooling = (
  op: string,
  kernel: number,
  stride: number,
  pad: number,
  peer: Peer,
  rest: Attributes = {},
) =>
  [
    {
      op,
      inputs: [image],
      attributes: {
        kernel_shape: ints([kernel, kernel]),
        strides: ints([stride, stride]),
        pads: ints([pad, pad, pad, pad]),
        ...rest,
      },
    },
    peer,
  ] as const;

const resize = (position: string, corners: boolean, centres: boolean) =>
  [
    {
      op: 'Resize',
      about: position,
      inputs: [image, '', '', int64([9, 4])],
      attributes: {
        mode: string('linear'),
        coordinate_transformation_mode: string(position),
        axes: ints([2, 3]),
      },
    },
    (a: tf.Tensor) => channelsFirst(tf.image.resizeBilinear(channelsLast(a), [9, 4], corners, centres)),
  ] as const;

const mean = float32([0.1, -0.2, 0.3]);
const variance = float32([0.5, 1.5, 0.8]);

const peers: readonly (readonly [Case, Peer])[] = [
  unary('Relu', (a) => tf.relu(a!)),
  unary('LeakyRelu', (a) => tf.leakyRelu(a!, 0.3), { attributes: { alpha: float(0.3) } }),
  [
    { op: 'PRelu', inputs: [x, [3, 1]] },
    (a, s) => tf.prelu(a!, tf.tile(s!, [1, 4]).expandDims(0).tile([2, 1, 1])),
  ],
  unary('Elu', (a) => tf.elu(a!)),
  unary('Selu', (a) => tf.selu(a!)),
  [{ op: 'Clip', about: 'ReLU6', inputs: [x, scalar(0), scalar(6)], between: [-3, 9] }, (a) => tf.relu6(a!)],
  unary('Sigmoid', (a) => tf.sigmoid(a!)),
  unary('Tanh', (a) => tf.tanh(a!)),
  unary('Softplus', (a) => tf.softplus(a!)),
  unary('Erf', (a) => tf.erf(a!)),
  unary('Gelu', (a) => tf.mul(tf.mul(a!, 0.5), tf.add(1, tf.erf(tf.div(a!, Math.SQRT2))))),
  unary('Mish', (a) => tf.mul(a!, tf.tanh(tf.softplus(a!)))),
  unary('Exp', (a) => tf.exp(a!)),
  unary('Log', (a) => tf.log(a!), { between: [0.3, 2] }),
  unary('Sqrt', (a) => tf.sqrt(a!), { between: [0.3, 2] }),
  unary('Reciprocal', (a) => tf.reciprocal(a!), { between: [0.3, 2] }),
  unary('Abs', (a) => tf.abs(a!)),
  unary('Sin', (a) => tf.sin(a!)),
  unary('Cos', (a) => tf.cos(a!)),
  [{ op: 'Add', inputs: [x, [3, 1]] }, (a, b) => tf.add(a!, b!)],
  [{ op: 'Sub', inputs: [x, [4]] }, (a, b) => tf.sub(a!, b!)],
  [{ op: 'Mul', inputs: [x, ['N', 1, 1]] }, (a, b) => tf.mul(a!, b!)],
  [{ op: 'Div', inputs: [x, [4]], between: [0.5, 2] }, (a, b) => tf.div(a!, b!)],
  [{ op: 'Pow', inputs: [x, [4]], between: [0.5, 2] }, (a, b) => tf.pow(a!, b!)],
  [{ op: 'Max', inputs: [x, x] }, (a, b) => tf.maximum(a!, b!)],
  [
    {
      op: 'MatMul',
      inputs: [
        ['N', 2, 3],
        ['N', 3, 4],
      ],
    },
    (a, b) => tf.matMul(a!, b!),
  ],
  [
    { op: 'Gemm', inputs: [['N', 3], [4, 3], [4]], attributes: { transB: int(1) } },
    (a, b, c) => tf.add(tf.matMul(a!, b!, false, true), c!),
  ],
  unary('Softmax', (a) => tf.softmax(a!)),
  unary('LogSoftmax', (a) => tf.logSoftmax(a!)),
  [{ op: 'ReduceSum', inputs: [x, int64([1])], attributes: { keepdims: int(0) } }, (a) => tf.sum(a!, 1)],
  [{ op: 'ReduceMean', inputs: [x, int64([2])] }, (a) => tf.mean(a!, 2, true)],
  [{ op: 'ReduceMax', inputs: [x, int64([1])], attributes: { keepdims: int(0) } }, (a) => tf.max(a!, 1)],
  [{ op: 'ReduceProd', inputs: [x, int64([2])] }, (a) => tf.prod(a!, 2, true)],
  [{ op: 'ReduceL2', inputs: [x, int64([-1])], attributes: { keepdims: int(0) } }, (a) => tf.norm(a!, 2, 2)],
  [
    { op: 'Concat', inputs: [x, ['N', 2, 4]], attributes: { axis: int(1) } },
    (a, b) => tf.concat([a!, b!], 1),
  ],
  [
    { op: 'Transpose', inputs: [x], attributes: { perm: ints([0, 2, 1]) } },
    (a) => tf.transpose(a!, [0, 2, 1]),
  ],
  [
    { op: 'Slice', inputs: [x, int64([1]), int64([4]), int64([2])] },
    (a) => tf.slice(a!, [0, 0, 1], [2, 3, 3]),
  ],
  [
    { op: 'Gather', inputs: [x, int64([2, 0, 2])], attributes: { axis: int(1) } },
    (a) => tf.gather(a!, tf.tensor1d([2, 0, 2], 'int32'), 1),
  ],
  [
    { op: 'Pad', inputs: [x, int64([0, 1, 2, 0, 0, 1])] },
    (a) =>
      tf.pad(a!, [
        [0, 0],
        [1, 0],
        [2, 1],
      ]),
  ],
  [{ op: 'Tile', inputs: [x, int64([1, 2, 3])] }, (a) => tf.tile(a!, [1, 2, 3])],
  [
    {
      op: 'BatchNormalization',
      inputs: [['N', 3, 2, 2], [3], [3], mean, variance],
      attributes: { epsilon: float(1e-3) },
    },
    (a, scale, bias) =>
      channelsFirst(
        tf.batchNorm(
          channelsLast(a!),
          tf.tensor1d(numbers(mean)),
          tf.tensor1d(numbers(variance)),
          bias as tf.Tensor1D,
          scale as tf.Tensor1D,
          1e-3,
        ),
      ),
  ],
  convolution('plain', [3, 2, 3, 3], {}, conv2d(1, 'valid')),
  convolution('padded', [3, 2, 3, 3], { pads: ints([1, 1, 1, 1]) }, conv2d(1, 1)),
  convolution('stride 2', [3, 2, 3, 3], { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }, conv2d(2, 1)),
  convolution('stride 2, even', [3, 2, 2, 2], { strides: ints([2, 2]) }, conv2d(2, 'valid')),
  convolution('depthwise', [2, 1, 3, 3], { group: int(2), pads: ints([1, 1, 1, 1]) }, depthwise(2, 1, 1)),
  convolution(
    'depthwise with stride',
    [4, 1, 3, 3],
    { group: int(2), strides: ints([2, 2]) },
    depthwise(2, 2, 'valid'),
  ),
  pooling('MaxPool', 3, 2, 1, (a) => channelsFirst(tf.maxPool(channelsLast(a!), 3, 2, 1))),
  pooling('MaxPool', 2, 2, 0, (a) => channelsFirst(tf.maxPool(channelsLast(a!), 2, 2, 0))),
  pooling('AveragePool', 2, 2, 0, (a) => channelsFirst(tf.avgPool(channelsLast(a!), 2, 2, 0))),
  pooling('AveragePool', 3, 1, 0, (a) => channelsFirst(tf.avgPool(channelsLast(a!), 3, 1, 0))),
  resize('align_corners', true, false),
  resize('asymmetric', false, false),
];

const single = ({ data, shape }: Array64) => float32(Float32Array.from(data), shape);

describe('gradients are those of TensorFlow.js', () => {
  it.each(peers.map(([one, peer]) => [titleOf(one), one, peer] as const))('%s', async (_, one, peer) => {
    const prepared = prepare(one);
    const program = await engine.compile(withGradients(prepared).graph);
    const [seed] = Object.values(prepared.seeds) as [Array64];
    const feeds = Object.entries(prepared.feeds).map(([name, value]) => [name, single(value)] as const);
    const got = await program.run({ ...Object.fromEntries(feeds), 's.y0': single(seed) });
    await program.dispose();
    const inputs = feeds.map(([, { data, shape }]) => tf.tensor(data as Float32Array, [...shape]));
    const y = peer(...inputs);
    const gradients = tf.grads((...args: tf.Tensor[]) => peer(...args))(
      inputs,
      tf.tensor(Float32Array.from(seed.data), [...seed.shape]),
    );
    const pairs = [
      [got.y0!, y] as const,
      ...feeds.map(([name], i) => [got[`d.${name}`]!, gradients[i]!] as const),
    ];
    for (const [ours, theirs] of pairs) {
      expect(ours.shape).toEqual(theirs.shape);
      const expected = theirs.dataSync();
      const scale = Math.max(1e-3, ...expected.map(Math.abs));
      for (const [i, value] of numbers(ours).entries())
        expect(Math.abs(value - expected[i]!) / scale).toBeLessThan(3e-5);
    }
  });
});
