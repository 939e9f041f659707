import type { Attributes } from '../attributes.js';
import type { Builder } from '../builder.js';
import { int64, scalar } from '../elements.js';

/** The name of a value, or a number. */
export type Term = string | number;

const operation =
  (op: string) =>
  (builder: Builder, ...terms: readonly Term[]): string =>
    builder.emit(
      op,
      terms.map((term) => (typeof term === 'number' ? builder.constant(scalar(term)) : term)),
    );

/** Formulas written as nodes: `mul(walk, dy, sub(walk, 1, y))`. */
export const add = operation('Add');
export const sub = operation('Sub');
export const mul = operation('Mul');
export const div = operation('Div');
export const pow = operation('Pow');
export const neg = operation('Neg');
export const exp = operation('Exp');
export const log = operation('Log');
export const sqrt = operation('Sqrt');
export const abs = operation('Abs');
export const sign = operation('Sign');
export const sin = operation('Sin');
export const cos = operation('Cos');
export const tanh = operation('Tanh');
export const erf = operation('Erf');
export const sigmoid = operation('Sigmoid');
export const softplus = operation('Softplus');
export const min = operation('Min');
export const greater = operation('Greater');
export const less = operation('Less');
export const equal = operation('Equal');
export const and = operation('And');
export const where = operation('Where');
export const matMul = operation('MatMul');
export const shapeOf = operation('Shape');

/** ReduceSum and the like over `axes`. */
export const reduce = (
  builder: Builder,
  op: string,
  value: string,
  axes: readonly number[],
  attributes: Attributes = {},
): string => builder.emit(op, [value, builder.constant(int64(axes))], attributes);

export const reshape = (builder: Builder, value: string, shape: readonly number[]): string =>
  builder.emit('Reshape', [value, builder.constant(int64(shape))]);

/** `value` in the shape of `model`. */
export const reshapeLike = (builder: Builder, value: string, model: string): string =>
  builder.emit('Reshape', [value, shapeOf(builder, model)]);

/** `value` repeated to the shape of `model`. */
export const expandLike = (builder: Builder, value: Term, model: string): string =>
  builder.emit('Expand', [
    typeof value === 'number' ? builder.constant(scalar(value)) : value,
    shapeOf(builder, model),
  ]);

export const transpose = (builder: Builder, value: string, perm: readonly number[]): string =>
  perm.every((axis, i) => axis === i)
    ? value
    : builder.emit('Transpose', [value], { perm: { kind: 'ints', value: perm } });

/** `0, 1, .., rank - 1` */
export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
