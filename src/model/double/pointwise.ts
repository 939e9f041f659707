import { floatOf, intOf, stringOf } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';
import type { Steps } from '../../graph/steps.js';
import { erf } from './erf.js';
import type { Lowering } from './lowering.js';

/**
 * A lowering from a formula: `f` adds nodes for the first input and returns operator and inputs of the last
 * node.
 */
const formula =
  (f: (x: string, s: Steps, node: Node) => readonly [op: string, ...inputs: string[]]): Lowering =>
  (node, s) => {
    const [op, ...inputs] = f(node.inputs[0]!, s, node);
    s.emit(op, inputs, {}, node.outputs[0]);
    return true;
  };

const positive = (x: string, { greater }: Steps) => greater(x, 0);

/** alpha (e^(x / scale) - 1) for x < 0, else 0. */
function belowZero(x: string, { min, exp, div, mul, sub }: Steps, alpha: number, scale = 1): string {
  const low = min(x, 0);
  const power = exp(scale === 1 ? low : div(low, scale));
  return mul(sub(power, 1), alpha);
}

const clipped = (x: string, { add, mul, min, max }: Steps, alpha: number, beta: number) => {
  const line = add(mul(x, alpha), beta);
  return min(max(line, 0), 1);
};

/** A float64 kernel exists, but ONNX Runtime's optimiser fails when Relu precedes it. */
export const Clip: Lowering = formula((x, { max }, { inputs: [, least, most] }) => {
  const raised = least ? max(x, least) : x;
  return most ? ['Min', raised, most] : ['Identity', raised];
});

/** max(x, 0) + log(1 + e^-|x|) */
function softplus(x: string, { exp, neg, abs, add, relu, log }: Steps): string {
  const small = exp(neg(abs(x)));
  return add(relu(x), log(add(small, 1)));
}

export const Erf: Lowering = formula((x, s) => ['Identity', erf(x, s)]);

/** x (1 + erf(x / sqrt 2)) / 2, or its tanh approximation. */
export const Gelu: Lowering = formula((x, s, node) => {
  const half = s.mul(x, 0.5);
  if (stringOf(node, 'approximate', 'none') === 'none') {
    const inner = erf(s.mul(x, Math.SQRT1_2), s);
    return ['Mul', half, s.add(inner, 1)];
  }
  const cube = s.mul(s.mul(x, x), s.mul(x, 0.044715));
  const inner = s.mul(s.add(x, cube), Math.sqrt(2 / Math.PI));
  return ['Mul', half, s.add(s.tanh(inner), 1)];
});

export const Elu: Lowering = formula((x, s, node) => [
  'Add',
  s.relu(x),
  belowZero(x, s, floatOf(node, 'alpha', 1)),
]);

export const Celu: Lowering = formula((x, s, node) => {
  const alpha = floatOf(node, 'alpha', 1);
  return ['Add', s.relu(x), belowZero(x, s, alpha, alpha)];
});

export const Selu: Lowering = formula((x, s, node) => {
  const alpha = floatOf(node, 'alpha', 1.6732631921768188);
  const both = s.add(s.relu(x), belowZero(x, s, alpha));
  return ['Mul', both, s.number(floatOf(node, 'gamma', 1.0507010221481323))];
});

export const HardSigmoid: Lowering = formula((x, s, node) => [
  'Identity',
  clipped(x, s, floatOf(node, 'alpha', 0.2), floatOf(node, 'beta', 0.5)),
]);

export const HardSwish: Lowering = formula((x, s) => ['Mul', x, clipped(x, s, 1 / 6, 0.5)]);

export const LeakyRelu: Lowering = formula((x, s, node) => {
  const slope = s.number(floatOf(node, 'alpha', 0.01));
  return ['Where', positive(x, s), x, s.mul(x, slope)];
});

export const PRelu: Lowering = formula((x, s, node) => [
  'Where',
  positive(x, s),
  x,
  s.mul(x, node.inputs[1]!),
]);

export const ThresholdedRelu: Lowering = formula((x, { greater, number }, node) => [
  'Where',
  greater(x, floatOf(node, 'alpha', 1)),
  x,
  number(0),
]);

/**
 * 1 / (1 + e^-x). A float64 kernel exists, but ONNX Runtime would fuse x sigmoid(x) into an operator without
 * one.
 */
export const Sigmoid: Lowering = formula((x, { exp, neg, add }) => {
  const power = exp(neg(x));
  return ['Reciprocal', add(power, 1)];
});

export const Softplus: Lowering = formula((x, s) => ['Identity', softplus(x, s)]);

export const Softsign: Lowering = formula((x, { add, abs }) => ['Div', x, add(abs(x), 1)]);

export const Mish: Lowering = formula((x, s) => ['Mul', x, s.tanh(softplus(x, s))]);

/** (e^x - e^-x) / 2 */
export const Sinh: Lowering = formula((x, { sub, exp, neg, mul }) => [
  'Identity',
  mul(0.5, sub(exp(x), exp(neg(x)))),
]);

/** (e^x + e^-x) / 2 */
export const Cosh: Lowering = formula((x, { add, exp, neg, mul }) => [
  'Identity',
  mul(0.5, add(exp(x), exp(neg(x)))),
]);

/** sign(x) log(|x| + sqrt(x^2 + 1)) */
export const Asinh: Lowering = formula((x, { sign, log, add, abs, sqrt, mul }) => [
  'Mul',
  sign(x),
  log(add(abs(x), sqrt(add(mul(x, x), 1)))),
]);

/** log(x + sqrt(x^2 - 1)) */
export const Acosh: Lowering = formula((x, { add, sqrt, sub, mul }) => [
  'Log',
  add(x, sqrt(sub(mul(x, x), 1))),
]);

/** log((1 + x) / (1 - x)) / 2 */
export const Atanh: Lowering = formula((x, { mul, log, div, add, sub }) => [
  'Identity',
  mul(0.5, log(div(add(1, x), sub(1, x)))),
]);

/** Not(x = x) */
export const IsNaN: Lowering = formula((x, { equal }) => ['Not', equal(x, x)]);

/** Compares x with the infinities that the node's attributes select. */
export const IsInf: Lowering = formula((x, { greater, less }, node) => {
  const above = greater(x, intOf(node, 'detect_positive', 1) ? Number.MAX_VALUE : Infinity);
  const below = less(x, intOf(node, 'detect_negative', 1) ? -Number.MAX_VALUE : -Infinity);
  return ['Or', above, below];
});

export const Tan: Lowering = formula((x, { sin, cos }) => ['Div', sin(x), cos(x)]);

export const Mean: Lowering = formula((_, s, node) => [
  'Div',
  s.emit('Sum', node.inputs),
  s.number(node.inputs.length),
]);
