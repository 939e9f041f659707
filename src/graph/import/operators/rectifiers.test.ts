import { describe, expect, it } from 'vitest';
import { int } from '../../attributes.js';
import { type Builder, startGraph } from '../../builder.js';
import { float32, scalar } from '../../elements.js';
import { namedRectifiers } from './rectifiers.js';

const graphOf = (make: (b: Builder) => string) => {
  const b = startGraph('net');
  b.alias(make(b), 'y');
  const value = (name: string) => ({ name, type: 'float32' as const, shape: ['N', 2, 3, 3] });
  return b.finish([value('x')], [value('y')]);
};
const operators = (make: (b: Builder) => string) =>
  namedRectifiers(graphOf(make))
    .nodes.map(({ op }) => op)
    .filter((op) => op !== 'Identity');

const float = (b: Builder, v: string) => b.emit('Cast', [v], { to: int(1) });
const zero = (b: Builder) => b.constant(scalar(0));
const zeros = (b: Builder) => b.emit('ConstantOfShape', [b.emit('Shape', ['x'])]);
const not = (b: Builder, v: string) => b.emit('Not', [v]);

describe('a rectifier is found as one', () => {
  it.each<[string, (b: Builder) => string]>([
    ['the greater of x and 0', (b) => b.emit('Max', ['x', zero(b)])],
    ['the greater of 0 and x', (b) => b.emit('Max', [b.constant(float32([0])), 'x'])],
    ['the greater of x and zeros of its shape', (b) => b.emit('Max', ['x', zeros(b)])],
    [
      'the greater of x and a 0 that is repeated',
      (b) => b.emit('Max', ['x', b.emit('Expand', [zero(b), b.emit('Shape', ['x'])])]),
    ],
    ['x where it is positive', (b) => b.where(b.greater('x', 0), 'x', 0)],
    ['x where 0 is less', (b) => b.where(b.emit('Less', [zero(b), 'x']), 'x', zeros(b))],
    ['0 where x is not positive', (b) => b.where(b.emit('LessOrEqual', ['x', zero(b)]), 0, 'x')],
    ['0 where 0 is not less', (b) => b.where(b.emit('GreaterOrEqual', [zero(b), 'x']), 0, 'x')],
    ['0 where not x is positive', (b) => b.where(not(b, b.greater('x', 0)), zeros(b), 'x')],
    ['x times whether it is positive', (b) => b.mul('x', float(b, b.greater('x', 0)))],
    ['whether x is positive times x', (b) => b.mul(float(b, b.greater('x', 0)), 'x')],
    ['half of x and its size', (b) => b.mul(b.add('x', b.abs('x')), 0.5)],
    ['x and its size over 2', (b) => b.emit('Div', [b.add(b.abs('x'), 'x'), b.constant(scalar(2))])],
  ])('%s', (_, make) => {
    expect(operators(make)).toEqual(['Relu']);
  });

  it.each<[string, (b: Builder) => string]>([
    ['another bound', (b) => b.emit('Max', ['x', b.constant(scalar(0.1))])],
    ['a bound of a longer shape', (b) => b.emit('Max', ['x', b.constant(float32([0], [1, 1, 1, 1, 1]))])],
    ['the negative part', (b) => b.where(b.greater('x', 0), 0, 'x')],
    ['a mask of another value', (b) => b.mul('x', float(b, b.greater(b.neg('x'), 0)))],
    ['a slope of 1 at 0', (b) => b.where(b.emit('GreaterOrEqual', ['x', zero(b)]), 'x', 0)],
    ['a leak', (b) => b.where(b.greater('x', 0), 'x', b.mul('x', 0.1))],
    ['all of x and its size', (b) => b.add('x', b.abs('x'))],
  ])('but not so %s', (_, make) => {
    expect(operators(make)).not.toContain('Relu');
  });
});
