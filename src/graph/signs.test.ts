import { expect, it } from 'vitest';
import { float, int } from './attributes.js';
import { extend } from './builder.js';
import { float32 } from './elements.js';
import type { Graph } from './graph.js';
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
