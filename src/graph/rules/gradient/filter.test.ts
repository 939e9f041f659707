import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { int, ints } from '../../attributes.js';
import { backward } from '../../backward.js';
import { extend, startGraph } from '../../builder.js';
import { float32 } from '../../elements.js';
import type { Value } from '../../graph.js';
import type { ValueShape } from '../../shapes.js';
import { gradientRuleOf } from './index.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

interface Case {
  readonly channels: number;
  readonly outputs: number;
  readonly size: readonly number[];
  readonly kernel: readonly number[];
  readonly stride?: readonly number[];
  readonly dilation?: readonly number[];
  readonly pads?: readonly number[];
  readonly groups?: number;
}

const cases: Record<string, Case> = {
  'a 3x3 kernel that keeps the size': {
    channels: 9,
    outputs: 5,
    size: [6, 7],
    kernel: [3, 3],
    pads: [1, 1, 1, 1],
  },
  'a 3x3 kernel without padding': { channels: 8, outputs: 3, size: [5, 6], kernel: [3, 3] },
  'a 1x1 kernel with stride 2': { channels: 8, outputs: 4, size: [7, 6], kernel: [1, 1], stride: [2, 2] },
  'stride 2 on an even size': {
    channels: 8,
    outputs: 4,
    size: [8, 8],
    kernel: [3, 3],
    stride: [2, 2],
    pads: [1, 1, 1, 1],
  },
  'stride 2 on an odd size': {
    channels: 8,
    outputs: 4,
    size: [9, 7],
    kernel: [3, 3],
    stride: [2, 2],
    pads: [1, 1, 1, 1],
  },
  'unequal strides, pads and kernel': {
    channels: 8,
    outputs: 2,
    size: [11, 9],
    kernel: [4, 2],
    stride: [3, 1],
    pads: [2, 0, 1, 1],
  },
  'a stride larger than the kernel': {
    channels: 8,
    outputs: 2,
    size: [9, 9],
    kernel: [2, 2],
    stride: [3, 3],
  },
  dilation: {
    channels: 8,
    outputs: 2,
    size: [9, 10],
    kernel: [3, 2],
    dilation: [2, 3],
    stride: [2, 1],
    pads: [2, 1, 2, 1],
  },
  'padding wider than the kernel': {
    channels: 8,
    outputs: 2,
    size: [4, 4],
    kernel: [2, 2],
    pads: [2, 3, 2, 3],
  },
  'a large image': { channels: 8, outputs: 3, size: [25, 24], kernel: [3, 3], pads: [1, 1, 1, 1] },
  'a large image, unequal': {
    channels: 8,
    outputs: 2,
    size: [24, 26],
    kernel: [2, 4],
    dilation: [3, 1],
    pads: [0, 2, 1, 0],
  },
  'few channels': {
    channels: 3,
    outputs: 4,
    size: [9, 8],
    kernel: [5, 3],
    stride: [2, 2],
    pads: [2, 1, 2, 1],
  },
  'one channel, dilated': {
    channels: 1,
    outputs: 4,
    size: [9, 8],
    kernel: [3, 3],
    dilation: [2, 2],
    pads: [1, 0, 0, 1],
  },
  'few channels, with pixels that no window reaches': {
    channels: 3,
    outputs: 4,
    size: [16, 17],
    kernel: [7, 2],
    stride: [4, 5],
    pads: [3, 1, 0, 0],
  },
  groups: { channels: 6, outputs: 4, size: [6, 5], kernel: [3, 3], groups: 2, pads: [1, 1, 1, 1] },
  depthwise: {
    channels: 4,
    outputs: 8,
    size: [7, 7],
    kernel: [3, 3],
    groups: 4,
    stride: [2, 2],
    pads: [1, 1, 1, 1],
  },
  'one axis': { channels: 9, outputs: 3, size: [11], kernel: [4], stride: [2], pads: [1, 2] },
  'three axes': { channels: 9, outputs: 2, size: [4, 5, 3], kernel: [2, 3, 2], pads: [0, 1, 0, 1, 1, 1] },
};

describe("the filter's gradient", () => {
  for (const [name, given] of Object.entries(cases)) {
    for (const target of ['any', 'cpu']) {
      it(`is the literal sum: ${name} (${target})`, async () => {
        const { got, want } = await both(given, target);
        expect(got.length).toBe(want.length);
        for (const [i, value] of want.entries()) expect(Math.abs(got[i]! - value)).toBeLessThan(1e-4);
      });
    }
  }
});

async function both(given: Case, target: string) {
  const { channels, outputs, size, kernel, groups = 1 } = given;
  const [stride, dilation] = [given.stride ?? size.map(() => 1), given.dilation ?? size.map(() => 1)];
  const pads = given.pads ?? [...size, ...size].map(() => 0);
  const out = size.map(
    (n, a) =>
      Math.floor((n + pads[a]! + pads[a + size.length]! - dilation[a]! * (kernel[a]! - 1) - 1) / stride[a]!) +
      1,
  );
  const random = seededRandom(7);
  const array = (shape: readonly number[]) =>
    float32(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
      shape,
    );
  const [x, dy] = [array([2, channels, ...size]), array([2, outputs, ...out])];
  const w = array([outputs, channels / groups, ...kernel]);
  const start = startGraph('conv');
  const attributes = {
    kernel_shape: ints(kernel),
    strides: ints(stride),
    dilations: ints(dilation),
    pads: ints(pads),
    group: int(groups),
  };
  const y = start.emit('Conv', ['x', 'w'], attributes);
  const inputs = ['x', 'w', 'dy'].map((value): Value => ({ name: value, type: 'float32' }));
  const graph = start.finish(inputs, []);
  const batched = (shape: readonly number[]): ValueShape => ({
    dims: [1, ...shape.slice(1)],
    batchAxis: 0,
    type: 'float32',
  });
  const shapes = new Map<string, ValueShape>([
    ['x', batched(x.shape)],
    ['w', { dims: w.shape, type: 'float32' }],
    [y, batched(dy.shape)],
  ]);
  const builder = extend(graph);
  const ruleFor = gradientRuleOf;
  const { w: dw } = backward(graph, builder, {
    seeds: { [y]: 'dy' },
    wrt: ['w'],
    ruleFor,
    method: 'test',
    engine: target,
    shapes,
  });
  const program = await engine.compile(builder.finish(inputs, [{ name: dw!, type: 'float32' }]));
  const got = (await program.run({ x, w, dy }))[dw!]!;
  await program.dispose();
  expect(got.shape).toEqual(w.shape);
  return { got: got.data as Float32Array, want: literal() };

  function literal(): Float64Array {
    const inner = channels / groups;
    const sum = new Float64Array(w.data.length);
    const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
    const unravel = (index: number, shape: readonly number[]) =>
      shape.map((n, a) => Math.floor(index / count(shape.slice(a + 1))) % n);
    for (let n = 0; n < 2; n++)
      for (let o = 0; o < outputs; o++)
        for (let c = 0; c < inner; c++)
          for (let k = 0; k < count(kernel); k++)
            for (let i = 0; i < count(out); i++) {
              const tap = unravel(k, kernel);
              const at = unravel(i, out).map((p, a) => p * stride[a]! + tap[a]! * dilation[a]! - pads[a]!);
              if (at.some((u, a) => u < 0 || u >= size[a]!)) continue;
              const channel = Math.floor(o / (outputs / groups)) * inner + c;
              const from = at.reduce((index, u, a) => index * size[a]! + u, n * channels + channel);
              sum[(o * inner + c) * count(kernel) + k]! +=
                Number(dy.data[(n * outputs + o) * count(out) + i]) * Number(x.data[from]);
            }
    return sum;
  }
}
