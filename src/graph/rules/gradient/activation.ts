import { floatOf, int, stringOf } from '../../attributes.js';
import { elementwise, type Rule } from '../../backward.js';
import { wholeRanges } from '../../element-types.js';
import type { Formula, Term } from '../../formula.js';
import type { Node } from '../../graph.js';
import { dataTypes } from '../../schema.js';

/** y = f(x): dx = dy f'(x). */
const slope =
  (derivative: (f: Formula, x: string, y: string, node: Node) => string): Rule =>
  (node, [dy], walk) => [walk.mul(dy!, derivative(walk, node.inputs[0]!, node.outputs[0]!, node))];

/** The slope: `above` where x > 0, else `below`; at 0 it is `below`, as in PyTorch. */
const bent = ({ where, greater }: Formula, x: string, above: Term, below: Term) =>
  where(greater(x, 0), above, below);

/** e^x for x <= 0, which cannot overflow. */
const decay = ({ exp, min }: Formula, x: string) => exp(min(x, 0));

/** dx = dy where y > 0 */
export const Relu: Rule = ({ outputs: [y] }, [dy], { where, greater }) => [where(greater(y!, 0), dy!, 0)];

/** dx = dy (x > 0 ? 1 : alpha) */
export const LeakyRelu = slope((f, x, _, node) => bent(f, x, 1, floatOf(node, 'alpha', 0.01)));

/** y = x > 0 ? x : s x: dx = dy (x > 0 ? 1 : s), ds = dy min(x, 0) */
export const PRelu = elementwise(({ inputs: [x, s] }, [dy], walk) => [
  walk.mul(dy!, bent(walk, x!, 1, s!)),
  walk.needsGradient(s!) ? walk.mul(dy!, walk.min(x!, 0)) : undefined,
]);

/** dx = dy (x > alpha ? 1 : 0) */
export const ThresholdedRelu: Rule = (node, [dy], { where, greater }) => [
  where(greater(node.inputs[0]!, floatOf(node, 'alpha', 1)), dy!, 0),
];

/** dx = dy (x > 0 ? 1 : alpha e^x) */
export const Elu = slope((f, x, _, node) => bent(f, x, 1, f.mul(floatOf(node, 'alpha', 1), decay(f, x))));

/** dx = dy (x > 0 ? 1 : e^(x / alpha)) */
export const Celu = slope((f, x, _, node) => bent(f, x, 1, decay(f, f.div(x, floatOf(node, 'alpha', 1)))));

/** dx = dy gamma (x > 0 ? 1 : alpha e^x) */
export const Selu = slope((f, x, _, node) => {
  const alpha = floatOf(node, 'alpha', 1.6732631921768188);
  const gamma = floatOf(node, 'gamma', 1.0507010221481323);
  return bent(f, x, gamma, f.mul(gamma * alpha, decay(f, x)));
});

/**
 * dx = dy where min < x < max; dmin = dy where x < min; dmax = dy where x > max. At the bounds dx is 0, as in
 * torch.nn.ReLU6 and TensorFlow's relu6 (torch.clamp gives dy there). A quantised value at a bound is within
 * it, as in torch.fake_quantize_per_tensor_affine.
 */
export const Clip = elementwise(({ inputs }, [dy], walk) => {
  const { greater, less, and, where, needsGradient } = walk;
  const [x, ...bounds] = inputs as [string, ...string[]];
  // The value itself is a float here, whatever it is in the graph.
  const isWhole = bounds.some((bound) => bound !== '' && walk.shape(bound).type in wholeRanges);
  const [low = '', high = ''] = bounds.map((bound) =>
    isWhole && bound !== '' ? walk.emit('Cast', [bound], { to: int(dataTypes.float32) }) : bound,
  );
  const above = low !== '' ? greater(x, isWhole ? walk.sub(low, 0.5) : low) : undefined;
  const below = high !== '' ? less(x, isWhole ? walk.add(high, 0.5) : high) : undefined;
  const inside = above && below ? and(above, below) : (above ?? below);
  return [
    inside ? where(inside, dy!, 0) : dy,
    low !== '' && needsGradient(low) ? where(less(x, low), dy!, 0) : undefined,
    high !== '' && needsGradient(high) ? where(greater(x, high), dy!, 0) : undefined,
  ];
});

/** y = clip(alpha x + beta, 0, 1): dx = dy alpha where 0 < y < 1 */
export const HardSigmoid = slope(({ and, greater, less, where }, _, y, node) => {
  const inside = and(greater(y, 0), less(y, 1));
  return where(inside, floatOf(node, 'alpha', 0.2), 0);
});

/** y = x clip(x / 6 + 1 / 2, 0, 1): dx = dy (x < 3 ? x / 3 + 1 / 2 : 1) where x > -3 */
export const HardSwish = slope(({ add, div, where, less, greater }, x) => {
  const middle = add(div(x, 3), 0.5);
  const right = where(less(x, 3), middle, 1);
  return where(greater(x, -3), right, 0);
});

/** dx = dy y (1 - y) */
export const Sigmoid = slope(({ mul, sub }, _, y) => mul(y, sub(1, y)));

/** dx = dy (1 - y^2) */
export const Tanh = slope(({ sub, mul }, _, y) => sub(1, mul(y, y)));

/** y = log(1 + e^x): dx = dy sigmoid(x) */
export const Softplus = slope(({ sigmoid }, x) => sigmoid(x));

/** y = x / (1 + |x|): dx = dy / (1 + |x|)^2 */
export const Softsign = slope(({ add, abs, div, mul }, x) => {
  const size = add(1, abs(x));
  return div(1, mul(size, size));
});

/** y = x t with t = tanh(softplus(x)): dx = dy (t + x (1 - t^2) sigmoid(x)) */
export const Mish = slope(({ tanh, softplus, mul, sub, sigmoid, add }, x) => {
  const t = tanh(softplus(x));
  const inner = mul(sub(1, mul(t, t)), sigmoid(x));
  return add(t, mul(x, inner));
});

/** dx = dy 2 / sqrt(pi) e^(-x^2) */
export const Erf = slope(({ mul, exp, neg }, x) => mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x)))));

/**
 * y = x P with P = (1 + erf(x / sqrt 2)) / 2: dx = dy (P + x e^(-x^2 / 2) / sqrt(2 pi)). The tanh
 * approximation has P = (1 + t) / 2 with t = tanh(c (x + a x^3)): dx = dy (P + x (1 - t^2) c (1 + 3 a x^2) /
 * 2).
 */
export const Gelu = slope(({ mul, tanh, add, sub, erf, exp }, x, _, node) => {
  const square = mul(x, x);
  if (stringOf(node, 'approximate', 'none') === 'tanh') {
    const c = Math.sqrt(2 / Math.PI);
    const a = 0.044715;
    const t = tanh(mul(c, mul(x, add(1, mul(a, square)))));
    const bell = mul(sub(1, mul(t, t)), add(1, mul(3 * a, square)));
    return add(add(0.5, mul(0.5, t)), mul(mul(c / 2, x), bell));
  }
  const p = add(0.5, mul(0.5, erf(mul(Math.SQRT1_2, x))));
  const bell = mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, square)));
  return add(p, mul(x, bell));
});

/** dx = dy y */
export const Exp = slope((_, __, y) => y);

/** dx = dy / x */
export const Log: Rule = (node, [dy], { div }) => [div(dy!, node.inputs[0]!)];

/** dx = dy / (2 y): infinite at 0 */
export const Sqrt: Rule = (node, [dy], { div, mul }) => [div(mul(0.5, dy!), node.outputs[0]!)];

/** dx = -dy y^2 */
export const Reciprocal = slope(({ neg, mul }, _, y) => neg(mul(y, y)));

/** dx = dy sign(x), 0 at 0 */
export const Abs = slope(({ sign }, x) => sign(x));

/** dx = -dy */
export const Neg: Rule = (_, [dy], { neg }) => [neg(dy!)];

/** dx = dy cos(x) */
export const Sin = slope(({ cos }, x) => cos(x));

/** dx = -dy sin(x) */
export const Cos = slope(({ neg, sin }, x) => neg(sin(x)));

/** dx = dy (1 + y^2) */
export const Tan = slope(({ add, mul }, _, y) => add(1, mul(y, y)));

/** dx = dy / (1 + x^2) */
export const Atan = slope(({ div, add, mul }, x) => div(1, add(1, mul(x, x))));

/** dx = dy / sqrt(1 - x^2): infinite at -1 and 1 */
export const Asin: Rule = (node, [dy], { div, sqrt, sub, mul }) => {
  const x = node.inputs[0]!;
  return [div(dy!, sqrt(sub(1, mul(x, x))))];
};

/** dx = -dy / sqrt(1 - x^2) */
export const Acos: Rule = (node, gradients, walk) => [walk.neg(Asin(node, gradients, walk)[0]!)];

/** dx = dy / sqrt(x^2 + 1) */
export const Asinh = slope(({ reciprocal, sqrt, add, mul }, x) => reciprocal(sqrt(add(mul(x, x), 1))));

/** dx = dy / sqrt(x^2 - 1): infinite at 1 */
export const Acosh = slope(({ reciprocal, sqrt, sub, mul }, x) => reciprocal(sqrt(sub(mul(x, x), 1))));

/** dx = dy / (1 - x^2) */
export const Atanh = slope(({ reciprocal, sub, mul }, x) => reciprocal(sub(1, mul(x, x))));

/** dx = dy (e^x + e^-x) / 2 */
export const Sinh = slope(({ mul, add, exp, neg }, x) => mul(0.5, add(exp(x), exp(neg(x)))));

/** dx = dy (e^x - e^-x) / 2 */
export const Cosh = slope(({ mul, sub, exp, neg }, x) => mul(0.5, sub(exp(x), exp(neg(x)))));

/** y = x + bias for x < -lambda, x - bias for x > lambda, else 0: dx = dy where |x| > lambda */
export const Shrink: Rule = (node, [dy], { where, greater, abs }) => [
  where(greater(abs(node.inputs[0]!), floatOf(node, 'lambd', 0.5)), dy!, 0),
];

/** dx = 0 wherever the derivative exists */
export const Sign: Rule = () => [undefined];
