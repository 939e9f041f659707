import { floatOf, stringOf } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';
import { broadcast, map } from './arrays.js';
import { type Kernel, plain } from './kernel.js';

const unary = (f: (x: number, node: Node) => number): Kernel =>
  plain(([x], node) => map(x!, (value) => f(value, node)));

const nary = (f: (...values: number[]) => number): Kernel => plain((inputs) => broadcast(inputs, f));

/** 2 / sqrt(pi) e^(-x^2) sum of 2^n x^(2n + 1) / (2n + 1)!! : Abramowitz & Stegun 7.1.6 */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0);
const clip = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));

function gelu(x: number, node: Node): number {
  if (stringOf(node, 'approximate', 'none') === 'none') return (x * (1 + erf(x / Math.SQRT2))) / 2;
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

export const pointwise: Readonly<Record<string, Kernel>> = {
  Abs: unary(Math.abs),
  Acos: unary(Math.acos),
  Acosh: unary(Math.acosh),
  Add: nary((a, b) => a! + b!),
  And: nary((a, b) => (a && b ? 1 : 0)),
  Asin: unary(Math.asin),
  Asinh: unary(Math.asinh),
  Atan: unary(Math.atan),
  Atanh: unary(Math.atanh),
  Cast: unary((x) => x),
  CastLike: ([x]) => [x!],
  Ceil: unary(Math.ceil),
  Celu: unary((x, node) => {
    const alpha = floatOf(node, 'alpha', 1);
    return Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha));
  }),
  Clip: ([x, low, high]) => [
    map(x!, (value) =>
      clip(value, low?.data[0] ?? Number.NEGATIVE_INFINITY, high?.data[0] ?? Number.POSITIVE_INFINITY),
    ),
  ],
  Cos: unary(Math.cos),
  Cosh: unary(Math.cosh),
  Div: nary((a, b) => a! / b!),
  Dropout: unary((x) => x),
  Elu: unary((x, node) => (x > 0 ? x : floatOf(node, 'alpha', 1) * Math.expm1(x))),
  Equal: nary((a, b) => (a === b ? 1 : 0)),
  Erf: unary(erf),
  Exp: unary(Math.exp),
  Floor: unary(Math.floor),
  Gelu: unary(gelu),
  Greater: nary((a, b) => (a! > b! ? 1 : 0)),
  GreaterOrEqual: nary((a, b) => (a! >= b! ? 1 : 0)),
  HardSigmoid: unary((x, node) => clip(floatOf(node, 'alpha', 0.2) * x + floatOf(node, 'beta', 0.5), 0, 1)),
  HardSwish: unary((x) => x * clip(x / 6 + 0.5, 0, 1)),
  Identity: unary((x) => x),
  IsInf: unary((x) => (Math.abs(x) === Infinity ? 1 : 0)),
  IsNaN: unary((x) => (Number.isNaN(x) ? 1 : 0)),
  LeakyRelu: unary((x, node) => (x > 0 ? x : floatOf(node, 'alpha', 0.01) * x)),
  Less: nary((a, b) => (a! < b! ? 1 : 0)),
  LessOrEqual: nary((a, b) => (a! <= b! ? 1 : 0)),
  Log: unary(Math.log),
  Max: nary(Math.max),
  Mean: nary((...values) => values.reduce((a, b) => a + b) / values.length),
  Min: nary(Math.min),
  Mish: unary((x) => x * Math.tanh(softplus(x))),
  Mod: nary((a, b) => a! - b! * Math.floor(a! / b!)),
  Mul: nary((a, b) => a! * b!),
  Neg: unary((x) => -x),
  Not: unary((x) => (x ? 0 : 1)),
  Or: nary((a, b) => (a || b ? 1 : 0)),
  PRelu: nary((x, slope) => (x! > 0 ? x! : slope! * x!)),
  Pow: nary((a, b) => a! ** b!),
  Reciprocal: unary((x) => 1 / x),
  Relu: unary((x) => Math.max(0, x)),
  Round: unary((x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))),
  Selu: unary((x, node) => {
    const alpha = floatOf(node, 'alpha', 1.6732631921768188);
    return floatOf(node, 'gamma', 1.0507010221481323) * (x > 0 ? x : alpha * Math.expm1(x));
  }),
  Shrink: unary((x, node) => {
    const [lambda, bias] = [floatOf(node, 'lambd', 0.5), floatOf(node, 'bias', 0)];
    if (Math.abs(x) <= lambda) return 0;
    return x - Math.sign(x) * bias;
  }),
  Sigmoid: unary(sigmoid),
  Sign: unary(Math.sign),
  Sin: unary(Math.sin),
  Sinh: unary(Math.sinh),
  Softplus: unary(softplus),
  Softsign: unary((x) => x / (1 + Math.abs(x))),
  Sqrt: unary(Math.sqrt),
  Sub: nary((a, b) => a! - b!),
  Sum: nary((...values) => values.reduce((a, b) => a + b)),
  Tan: unary(Math.tan),
  Tanh: unary(Math.tanh),
  ThresholdedRelu: unary((x, node) => (x > floatOf(node, 'alpha', 1) ? x : 0)),
  Where: nary((condition, a, b) => (condition ? a! : b!)),
  Xor: nary((a, b) => (Boolean(a) === Boolean(b) ? 0 : 1)),
};
