import { floatOf, stringOf } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';
import type { Steps } from '../../graph/steps.js';
import { erf } from './erf.js';
import type { Lowering } from './lowering.js';

/** `f` writes the formula of the first input and returns the last node's operator and inputs. */
const formula =
  (f: (x: string, s: Steps, node: Node) => readonly [op: string, ...inputs: string[]]): Lowering =>
  (node, s) => {
    const [op, ...inputs] = f(node.inputs[0]!, s, node);
    s.emit(op, inputs, {}, node.outputs[0]);
    return true;
  };

const positive = (x: string, s: Steps) => s.emit('Greater', [x, s.number(0)]);

/** alpha (e^(x / scale) - 1) for x below 0, and 0 elsewhere. */
function belowZero(x: string, s: Steps, alpha: number, scale = 1): string {
  const low = s.emit('Min', [x, s.number(0)]);
  const power = s.emit('Exp', [scale === 1 ? low : s.emit('Div', [low, s.number(scale)])]);
  return s.emit('Mul', [s.emit('Sub', [power, s.number(1)]), s.number(alpha)]);
}

const clipped = (x: string, s: Steps, alpha: number, beta: number) => {
  const line = s.emit('Add', [s.emit('Mul', [x, s.number(alpha)]), s.number(beta)]);
  return s.emit('Min', [s.emit('Max', [line, s.number(0)]), s.number(1)]);
};

/** There is a kernel for double, but ONNX Runtime's optimiser fails where a Relu stands before it. */
export const Clip: Lowering = formula((x, s, { inputs: [, least, most] }) => {
  const raised = least ? s.emit('Max', [x, least]) : x;
  return most ? ['Min', raised, most] : ['Identity', raised];
});

/** max(x, 0) + log(1 + e^-|x|) */
function softplus(x: string, s: Steps): string {
  const small = s.emit('Exp', [s.emit('Neg', [s.emit('Abs', [x])])]);
  return s.emit('Add', [s.emit('Relu', [x]), s.emit('Log', [s.emit('Add', [small, s.number(1)])])]);
}

export const Erf: Lowering = formula((x, s) => ['Identity', erf(x, s)]);

/** x (1 + erf(x / sqrt 2)) / 2, or its approximation by tanh. */
export const Gelu: Lowering = formula((x, s, node) => {
  const half = s.emit('Mul', [x, s.number(0.5)]);
  if (stringOf(node, 'approximate', 'none') === 'none') {
    const inner = erf(s.emit('Mul', [x, s.number(Math.SQRT1_2)]), s);
    return ['Mul', half, s.emit('Add', [inner, s.number(1)])];
  }
  const cube = s.emit('Mul', [s.emit('Mul', [x, x]), s.emit('Mul', [x, s.number(0.044715)])]);
  const inner = s.emit('Mul', [s.emit('Add', [x, cube]), s.number(Math.sqrt(2 / Math.PI))]);
  return ['Mul', half, s.emit('Add', [s.emit('Tanh', [inner]), s.number(1)])];
});

export const Elu: Lowering = formula((x, s, node) => [
  'Add',
  s.emit('Relu', [x]),
  belowZero(x, s, floatOf(node, 'alpha', 1)),
]);

export const Celu: Lowering = formula((x, s, node) => {
  const alpha = floatOf(node, 'alpha', 1);
  return ['Add', s.emit('Relu', [x]), belowZero(x, s, alpha, alpha)];
});

export const Selu: Lowering = formula((x, s, node) => {
  const alpha = floatOf(node, 'alpha', 1.6732631921768188);
  const both = s.emit('Add', [s.emit('Relu', [x]), belowZero(x, s, alpha)]);
  return ['Mul', both, s.number(floatOf(node, 'gamma', 1.0507010221481323))];
});

export const HardSigmoid: Lowering = formula((x, s, node) => [
  'Identity',
  clipped(x, s, floatOf(node, 'alpha', 0.2), floatOf(node, 'beta', 0.5)),
]);

export const HardSwish: Lowering = formula((x, s) => ['Mul', x, clipped(x, s, 1 / 6, 0.5)]);

export const LeakyRelu: Lowering = formula((x, s, node) => {
  const slope = s.number(floatOf(node, 'alpha', 0.01));
  return ['Where', positive(x, s), x, s.emit('Mul', [x, slope])];
});

export const PRelu: Lowering = formula((x, s, node) => [
  'Where',
  positive(x, s),
  x,
  s.emit('Mul', [x, node.inputs[1]!]),
]);

export const ThresholdedRelu: Lowering = formula((x, s, node) => [
  'Where',
  s.emit('Greater', [x, s.number(floatOf(node, 'alpha', 1))]),
  x,
  s.number(0),
]);

/** 1 / (1 + e^-x). There is a kernel, but ONNX Runtime would make x sigmoid(x) one node that has none. */
export const Sigmoid: Lowering = formula((x, s) => {
  const power = s.emit('Exp', [s.emit('Neg', [x])]);
  return ['Reciprocal', s.emit('Add', [power, s.number(1)])];
});

export const Softplus: Lowering = formula((x, s) => ['Identity', softplus(x, s)]);

export const Softsign: Lowering = formula((x, s) => [
  'Div',
  x,
  s.emit('Add', [s.emit('Abs', [x]), s.number(1)]),
]);

export const Mish: Lowering = formula((x, s) => ['Mul', x, s.emit('Tanh', [softplus(x, s)])]);

export const Tan: Lowering = formula((x, s) => ['Div', s.emit('Sin', [x]), s.emit('Cos', [x])]);

export const Mean: Lowering = formula((_, s, node) => [
  'Div',
  s.emit('Sum', node.inputs),
  s.number(node.inputs.length),
]);
