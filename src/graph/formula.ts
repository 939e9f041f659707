import { type Attributes, int, ints } from './attributes.js';
import { int64, scalar } from './elements.js';
import type { Constant } from './graph.js';

/** The name of a value, or a number. */
export type Term = string | number;

/** A slice of a value along one axis. */
export interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

type Operation = (...terms: readonly Term[]) => string;

/** Functions that add nodes and read like a formula: `mul(dy, sub(1, y))`. Each returns its result's name. */
export interface Formula extends Readonly<Record<keyof typeof operators, Operation>> {
  /** The sum of several values. */
  sumOf(values: readonly string[]): string;
  /** A reduction such as ReduceSum over `axes`. */
  reduce(op: string, value: string, axes: readonly number[], attributes?: Attributes): string;
  reshape(value: string, shape: readonly number[]): string;
  /** `value` reshaped to the shape of `model`. */
  reshapeLike(value: string, model: string): string;
  /** `value` broadcast to the shape of `model`. */
  expandLike(value: Term, model: string): string;
  /** Adds no node if `perm` is the identity. */
  transpose(value: string, perm: readonly number[]): string;
  unsqueeze(value: string, axes: readonly number[]): string;
  /** Adds no node for a single value. */
  concat(values: readonly string[], axis: number): string;
  /** Slices `value` along some axes; adds no node without cuts. */
  slice(value: string, cuts: readonly Cut[]): string;
}

const operators = {
  add: 'Add',
  sub: 'Sub',
  mul: 'Mul',
  div: 'Div',
  pow: 'Pow',
  neg: 'Neg',
  exp: 'Exp',
  log: 'Log',
  sqrt: 'Sqrt',
  abs: 'Abs',
  sign: 'Sign',
  sin: 'Sin',
  cos: 'Cos',
  tanh: 'Tanh',
  erf: 'Erf',
  sigmoid: 'Sigmoid',
  softplus: 'Softplus',
  relu: 'Relu',
  reciprocal: 'Reciprocal',
  min: 'Min',
  max: 'Max',
  clip: 'Clip',
  greater: 'Greater',
  less: 'Less',
  equal: 'Equal',
  and: 'And',
  where: 'Where',
  matMul: 'MatMul',
  shapeOf: 'Shape',
} as const;

/** The functions, built on `emit` and `constant`. Numbers become constants of `type`. */
export function formula(
  {
    emit,
    constant,
  }: {
    emit(op: string, inputs: readonly string[], attributes?: Attributes): string;
    constant(value: Constant): string;
  },
  type: 'float32' | 'float64' = 'float32',
): Formula {
  const named = (term: Term) => (typeof term === 'number' ? constant(scalar(term, type)) : term);
  const operation =
    (op: string): Operation =>
    (...terms) =>
      emit(op, terms.map(named));
  const operations = Object.entries(operators).map(([name, op]) => [name, operation(op)]);
  const shapeOf = operation('Shape');
  return {
    ...(Object.fromEntries(operations) as Record<keyof typeof operators, Operation>),
    sumOf: (values) => values.reduce((a, b) => emit('Add', [a, b])),
    reduce: (op, value, axes, attributes) => emit(op, [value, constant(int64(axes))], attributes),
    reshape: (value, shape) => emit('Reshape', [value, constant(int64(shape))]),
    reshapeLike: (value, model) => emit('Reshape', [value, shapeOf(model)]),
    expandLike: (value, model) => emit('Expand', [named(value), shapeOf(model)]),
    transpose: (value, perm) =>
      perm.every((axis, i) => axis === i) ? value : emit('Transpose', [value], { perm: ints(perm) }),
    unsqueeze: (value, axes) => emit('Unsqueeze', [value, constant(int64(axes))]),
    concat: (values, axis) =>
      values.length === 1 ? values[0]! : emit('Concat', values, { axis: int(axis) }),
    slice(value, cuts) {
      if (cuts.length === 0) return value;
      const part = (key: keyof Cut) => constant(int64(cuts.map((cut) => cut[key])));
      return emit('Slice', [value, part('start'), part('end'), part('axis'), part('step')]);
    },
  };
}
