import { expect, it } from 'vitest';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
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
