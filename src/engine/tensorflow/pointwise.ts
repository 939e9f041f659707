import * as tf from '@tensorflow/tfjs';
import { floatOf, intOf, stringOf } from '../../graph/attributes.js';
import type { ElementType, Node } from '../../graph/graph.js';
import { dataTypes } from '../../graph/schema.js';
import { dtypeOf, type Operator, type Operators, plain } from './value.js';

const unary = (f: (x: tf.Tensor, node: Node) => tf.Tensor): Operator => plain(([x], node) => f(x!, node));

const binary = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Operator => plain(([a, b]) => f(a!, b!));

const nary = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Operator =>
  plain((inputs) => inputs.reduce((a, b) => f(a, b)));

/** A binary operator with a boolean output. */
const comparison =
  (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Operator =>
  ([a, b]) => [{ type: 'bool', tensor: f(a!.tensor, b!.tensor) }];

const positive = (x: tf.Tensor) => tf.greater(x, 0);

const hardSigmoid = (x: tf.Tensor, alpha: number, beta: number) =>
  tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1);

function gelu(x: tf.Tensor, node: Node): tf.Tensor {
  const half = tf.mul(x, 0.5);
  if (stringOf(node, 'approximate', 'none') === 'none') {
    return tf.mul(half, tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))));
  }
  const inner = tf.mul(tf.add(x, tf.mul(0.044715, tf.pow(x, 3))), Math.sqrt(2 / Math.PI));
  return tf.mul(half, tf.add(1, tf.tanh(inner)));
}

const clip: Operator = ([x, low, high]) => {
  const raised = low ? tf.maximum(x!.tensor, low.tensor) : x!.tensor;
  return [{ type: x!.type, tensor: high ? tf.minimum(raised, high.tensor) : raised }];
};

const typeByCode = new Map<number, ElementType>(
  Object.entries(dataTypes).map(([type, code]) => [code, type as ElementType]),
);

const cast: Operator = ([x], node) => {
  const type = typeByCode.get(intOf(node, 'to', 0)) ?? 'float32';
  const dtype = dtypeOf(type);
  const tensor = dtype === 'bool' ? tf.notEqual(x!.tensor, 0) : tf.cast(x!.tensor, dtype);
  return [{ type, tensor, ...(dtype === 'int32' && x!.host && { host: x!.host }) }];
};

export const pointwise: Operators = {
  Abs: unary(tf.abs),
  Acos: unary(tf.acos),
  Acosh: unary(tf.acosh),
  Add: binary(tf.add),
  And: binary(tf.logicalAnd),
  Asin: unary(tf.asin),
  Asinh: unary(tf.asinh),
  Atan: unary(tf.atan),
  Atanh: unary(tf.atanh),
  Cast: cast,
  Ceil: unary(tf.ceil),
  Celu: unary((x, node) => {
    const alpha = floatOf(node, 'alpha', 1);
    return tf.where(positive(x), x, tf.mul(alpha, tf.expm1(tf.div(tf.minimum(x, 0), alpha))));
  }),
  Clip: clip,
  Cos: unary(tf.cos),
  Cosh: unary(tf.cosh),
  Div: binary(tf.div),
  Dropout: ([x]) => [x],
  Elu: unary((x, node) =>
    tf.where(positive(x), x, tf.mul(floatOf(node, 'alpha', 1), tf.expm1(tf.minimum(x, 0)))),
  ),
  Equal: comparison(tf.equal),
  Erf: unary(tf.erf),
  Exp: unary(tf.exp),
  Floor: unary(tf.floor),
  Gelu: unary(gelu),
  Greater: comparison(tf.greater),
  GreaterOrEqual: comparison(tf.greaterEqual),
  HardSigmoid: unary((x, node) => hardSigmoid(x, floatOf(node, 'alpha', 0.2), floatOf(node, 'beta', 0.5))),
  HardSwish: unary((x) => tf.mul(x, hardSigmoid(x, 1 / 6, 0.5))),
  Identity: ([x]) => [x],
  LeakyRelu: unary((x, node) => tf.where(positive(x), x, tf.mul(x, floatOf(node, 'alpha', 0.01)))),
  Less: comparison(tf.less),
  LessOrEqual: comparison(tf.lessEqual),
  Log: unary(tf.log),
  Max: nary(tf.maximum),
  Mean: plain((inputs) => tf.div(inputs.reduce(tf.add), inputs.length)),
  Min: nary(tf.minimum),
  Mish: unary((x) => tf.mul(x, tf.tanh(tf.softplus(x)))),
  Mul: binary(tf.mul),
  Neg: unary(tf.neg),
  Not: unary(tf.logicalNot),
  Or: binary(tf.logicalOr),
  PRelu: binary((x, slope) => tf.where(positive(x), x, tf.mul(slope, x))),
  Pow: binary(tf.pow),
  Reciprocal: unary(tf.reciprocal),
  Relu: unary(tf.relu),
  Round: unary(tf.round),
  Selu: unary((x, node) => {
    const alpha = floatOf(node, 'alpha', 1.6732631921768188);
    const negative = tf.mul(alpha, tf.expm1(tf.minimum(x, 0)));
    return tf.mul(floatOf(node, 'gamma', 1.0507010221481323), tf.where(positive(x), x, negative));
  }),
  Sigmoid: unary(tf.sigmoid),
  Sign: unary(tf.sign),
  Sin: unary(tf.sin),
  Sinh: unary(tf.sinh),
  Softplus: unary(tf.softplus),
  Softsign: unary((x) => tf.div(x, tf.add(1, tf.abs(x)))),
  Sqrt: unary(tf.sqrt),
  Sub: binary(tf.sub),
  Sum: nary(tf.add),
  Tan: unary(tf.tan),
  Tanh: unary(tf.tanh),
  ThresholdedRelu: unary((x, node) => tf.mul(x, tf.cast(tf.greater(x, floatOf(node, 'alpha', 1)), x.dtype))),
  Where: ([condition, a, b]) => [
    { type: a!.type, tensor: tf.where(condition!.tensor, a!.tensor, b!.tensor) },
  ],
};
