import { expect, it } from 'vitest';
import { int } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64 } from '../graph/elements.js';
import { pixelRangeOf } from './pixel-range.js';

it('a layer of many numbers right behind the input is no normalisation', () => {
  const b = startGraph('net');
  const size = 300_000;
  b.alias(b.emit('MatMul', ['x', b.constant(float32(new Float32Array(size).fill(0.01), [size, 1]))]), 'y');
  const value = (name: string) => ({ name, type: 'float32' as const });
  expect(pixelRangeOf(b.finish([value('x')], [value('y')]), 'x')).toBeUndefined();
});

const per = (values: readonly number[]) => float32(values, [1, values.length, 1, 1]);

it.each<[string, readonly (readonly [string, readonly number[]])[], string | undefined]>([
  ['a division by 255', [['Div', [255]]], '0-255'],
  ['a mean of bytes', [['Sub', [123.7, 116.3, 103.5]]], '0-255'],
  [
    'a division by 127.5, less 1',
    [
      ['Mul', [1 / 127.5]],
      ['Sub', [1]],
    ],
    '0-255',
  ],
  [
    'bytes by ImageNet',
    [
      ['Div', [255]],
      ['Sub', [0.485, 0.456, 0.406]],
      ['Div', [0.229, 0.224, 0.225]],
    ],
    '0-255',
  ],
  [
    'ImageNet',
    [
      ['Sub', [0.485, 0.456, 0.406]],
      ['Div', [0.229, 0.224, 0.225]],
    ],
    'zero-one',
  ],
  [
    'ImageNet by products',
    [
      ['Mul', [4.367, 4.464, 4.444]],
      ['Add', [-2.118, -2.036, -1.804]],
    ],
    'zero-one',
  ],
  [
    'twice, less 1',
    [
      ['Mul', [2]],
      ['Sub', [1]],
    ],
    'zero-one',
  ],
  [
    'bytes made of pixels of 0 to 1',
    [
      ['Mul', [255]],
      ['Sub', [127.5]],
      ['Div', [127.5]],
    ],
    'zero-one',
  ],
  ['one scale alone', [['Mul', [2]]], undefined],
  [
    'another scale for what is normalised already',
    [
      ['Mul', [0.458]],
      ['Add', [-0.03]],
    ],
    undefined,
  ],
  [
    'a window of Hounsfield units',
    [
      ['Add', [160]],
      ['Div', [400]],
    ],
    undefined,
  ],
  ['12 bits', [['Div', [4095]]], undefined],
  ['16 bits', [['Div', [65535]]], undefined],
  [
    'pixels of -1 to 1',
    [
      ['Add', [1]],
      ['Mul', [0.5]],
      ['Sub', [0.485]],
      ['Div', [0.229]],
    ],
    undefined,
  ],
])('%s tells what pixels a graph takes', (_, steps, range) => {
  const b = startGraph('net');
  const end = steps.reduce((x, [op, by]) => b.emit(op, [x, b.constant(per(by))]), 'x');
  b.alias(b.emit('Relu', [end]), 'y');
  const value = (name: string) => ({ name, type: 'float32' as const });
  expect(pixelRangeOf(b.finish([value('x')], [value('y')]), 'x')).toBe(range);
});

const rangeBehind = (made: (b: Builder) => string) => {
  const b = startGraph('net');
  b.alias(b.emit('Relu', [made(b)]), 'y');
  const value = (name: string) => ({ name, type: 'float32' as const });
  return pixelRangeOf(b.finish([value('x')], [value('y')]), 'x');
};
const axis = { axis: int(-1) };
const cut = (b: Builder, from: string, c: number) =>
  b.emit('Slice', [from, ...[[c], [c + 1], [-1]].map((ends) => b.constant(int64(ends)))]);
const less = (b: Builder, from: string, means: readonly number[]) =>
  b.emit('Sub', [from, b.constant(float32(means))]);
const caffe = [103.9, 116.8, 123.7];
const bytes = (b: Builder, from: string) => b.mul(from, 1 / 255);

it.each<[string, (b: Builder) => string, string | undefined]>([
  [
    'three slices, from the last colour to the first',
    (b) => less(b, b.emit('Concat', [cut(b, 'x', 2), cut(b, 'x', 1), cut(b, 'x', 0)], axis), caffe),
    '0-255',
  ],
  [
    'a choice of colours',
    (b) => less(b, b.emit('Gather', ['x', b.constant(int64([2, 1, 0]))], axis), caffe),
    '0-255',
  ],
  ['grey, three times', (b) => bytes(b, b.emit('Concat', ['x', 'x', 'x'], axis)), '0-255'],
  ['a crop', (b) => bytes(b, cut(b, 'x', 4)), '0-255'],
  [
    'colours that are weighted before they are joined',
    (b) => less(b, b.emit('Concat', [b.mul(cut(b, 'x', 2), 0.1), cut(b, 'x', 0)], axis), [103.9]),
    undefined,
  ],
])('pixels behind %s are known by what follows', (_, made, range) => {
  expect(rangeBehind(made)).toBe(range);
});

it.each<[string, number, number, 'uint8' | 'int8', string | undefined]>([
  ['0 to 255', 1, 0, 'uint8', '0-255'],
  ['0 to 255, signed', 0.998, -128, 'int8', '0-255'],
  ['0 to 1', 1 / 255, 0, 'uint8', 'zero-one'],
  ['-1 to 1', 2 / 255, 127, 'uint8', 'minus-one-one'],
  ['-1 to 1, signed, a little less', 1.98 / 255, -1, 'int8', 'minus-one-one'],
  ['what ImageNet makes of pixels', 4.758 / 255, 114, 'uint8', undefined],
  ['a window of Hounsfield units', 400 / 255, 102, 'uint8', undefined],
])('a quantised input that holds %s tells it', (_, scale, zero, type, range) => {
  const by = type === 'uint8' ? Uint8Array.of(zero) : Int8Array.of(zero);
  const grid = (b: Builder) => [
    b.constant(float32([scale], [])),
    b.constant({ type, data: by, shape: [] } as Parameters<Builder['constant']>[0]),
  ];
  expect(
    rangeBehind((b) => {
      const [s, z] = grid(b) as [string, string];
      return b.emit('DequantizeLinear', [b.emit('QuantizeLinear', ['x', s, z]), s, z]);
    }),
  ).toBe(range);
});
