import { expect, it } from 'vitest';
import { float, int, ints } from './attributes.js';
import { type Builder, extend } from './builder.js';
import { float32, int64 } from './elements.js';
import type { Constant, Graph } from './graph.js';
import { nonNegativeValues } from './signs.js';

const empty: Graph = {
  name: 'g',
  opsets: { '': 20 },
  inputs: [{ name: 'x', type: 'float32', shape: ['N', 4] }],
  outputs: [],
  nodes: [],
  initializers: new Map(),
  metadata: {},
};

it('knows the sign of rectified values and of what is made of them', () => {
  const b = extend(empty);
  const relu = b.emit('Relu', ['x']);
  const gate = b.emit('Sigmoid', ['x']);
  const product = b.emit('Mul', [relu, gate]);
  const sum = b.emit('Add', [product, relu]);
  const joined = b.emit('Concat', [sum, relu], { axis: int(1) });
  const mixed = b.emit('Concat', [sum, 'x'], { axis: int(1) });
  const swish = b.emit('Mul', ['x', gate]);
  const six = b.emit('Clip', ['x', b.constant(float32([0], [])), b.constant(float32([6], []))]);
  const sides = b.emit('Clip', ['x', b.constant(float32([-1], [])), b.constant(float32([6], []))]);
  const square = b.emit('Pow', ['x', b.constant(float32([2], []))]);
  const cube = b.emit('Pow', ['x', b.constant(float32([3], []))]);
  const leaky = b.emit('LeakyRelu', [relu], { alpha: float(-1) });
  const minus = b.emit('Sub', [relu, gate]);
  const found = nonNegativeValues(b.finish(empty.inputs, []));
  for (const value of [relu, gate, product, sum, joined, six, square, leaky]) expect(found).toContain(value);
  for (const value of ['x', mixed, swish, sides, cube, minus]) expect(found).not.toContain(value);
});

const number = (type: 'int8' | 'uint8', value: number): Constant => ({
  ...{ type, shape: [] },
  data: type === 'int8' ? Int8Array.of(value) : Uint8Array.of(value),
});

/** The signs of values that are quantised and dequantised, of rectified ones or of any. */
function signOf(
  of: 'Relu' | 'Neg',
  zero: Constant | undefined,
  { step = 0.1, back = zero, between = (_: Builder, whole: string) => whole } = {},
): boolean {
  const b = extend(empty);
  const grid = (point: Constant | undefined) => [
    b.constant(float32([step], [])),
    ...(point ? [b.constant(point)] : []),
  ];
  const whole = b.emit('QuantizeLinear', [b.emit(of, ['x']), ...grid(zero)]);
  const value = b.emit('DequantizeLinear', [between(b, whole), ...grid(back)]);
  return nonNegativeValues(b.finish(empty.inputs, [])).has(value);
}

it.each([
  ['a ReLU on either side of its zero point', signOf('Relu', number('int8', -5)), true],
  ['a ReLU by a type alone', signOf('Relu', undefined), true],
  ['any value from the smallest number on', signOf('Neg', number('int8', -128)), true],
  ['any value without a zero point', signOf('Neg', undefined), true],
  ['any value on either side of its zero point', signOf('Neg', number('uint8', 3)), false],
  ['any value with a zero point of 0 among negatives', signOf('Neg', number('int8', 0)), false],
  ['a scale below 0', signOf('Neg', number('uint8', 0), { step: -1 }), false],
  ['another zero point', signOf('Relu', number('int8', 0), { back: number('int8', 9) }), false],
  ['another, lower zero point', signOf('Relu', number('int8', 0), { back: number('int8', -9) }), true],
])('knows the sign of what whole numbers stand for: %s', (_, found, expected) => {
  expect(found).toBe(expected);
});

it.each<[string, (b: Builder, whole: string) => string, boolean]>([
  ['moved', (b, v) => b.emit('Reshape', [v, b.constant(int64([2, -1]))]), true],
  ['pooled', (b, v) => b.emit('MaxPool', [v], { kernel_shape: ints([1]) }), true],
  ['joined', (b, v) => b.emit('Concat', [v, v], { axis: int(1) }), true],
  ['joined with others', (b, v) => b.emit('Concat', [v, 'others'], { axis: int(1) }), false],
  ['added', (b, v) => b.emit('Add', [v, v]), false],
])('keeps the sign of whole numbers that are %s', (_, between, expected) => {
  expect(signOf('Relu', number('int8', -5), { between })).toBe(expected);
  if (expected) expect(signOf('Neg', number('int8', -5), { between })).toBe(false);
});

it('keeps the sign of rectified values through grids that are computed', () => {
  const b = extend(empty);
  const [relu, negative] = [b.emit('Relu', ['x']), b.emit('Neg', ['x'])];
  const back = (value: string) => b.emit('DequantizeLinear', b.emitAll('DynamicQuantizeLinear', [value], 3));
  const [scale, zero] = [b.emit('Exp', ['x']), b.emit('Cast', ['x'], { to: int(2) })];
  const given = (value: string, of = zero) =>
    b.emit('DequantizeLinear', [b.emit('QuantizeLinear', [value, scale, zero]), scale, of]);
  const other = b.emit('Cast', [negative], { to: int(2) });
  const [above, unknown] = [
    [back(relu), given(relu)],
    [back(negative), given(negative), given(relu, other)],
  ];
  const found = nonNegativeValues(b.finish(empty.inputs, []));
  for (const value of above) expect(found).toContain(value);
  for (const value of unknown) expect(found).not.toContain(value);
});
