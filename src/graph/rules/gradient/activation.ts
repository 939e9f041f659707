import { floatOf, stringOf } from '../../attributes.js';
import { elementwise, type Rule, type Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import * as f from '../formula.js';

/** y = f(x): dx = dy f'(x). */
const slope =
  (derivative: (walk: Walk, x: string, y: string, node: Node) => string): Rule =>
  (node, [dy], walk) => [f.mul(walk, dy!, derivative(walk, node.inputs[0]!, node.outputs[0]!, node))];

/** The slope is `above` where x > 0 (not at 0, as in PyTorch), else `below`. */
const bent = (walk: Walk, x: string, above: f.Term, below: f.Term) =>
  f.where(walk, f.greater(walk, x, 0), above, below);

/** e^x that cannot overflow, for x <= 0. */
const decay = (walk: Walk, x: string) => f.exp(walk, f.min(walk, x, 0));

/** dx = dy (x > 0 ? 1 : alpha) */
export const LeakyRelu = slope((walk, x, _, node) => bent(walk, x, 1, floatOf(node, 'alpha', 0.01)));

/** y = x > 0 ? x : s x: dx = dy (x > 0 ? 1 : s), ds = dy min(x, 0) */
export const PRelu = elementwise(({ inputs: [x, s] }, [dy], walk) => [
  f.mul(walk, dy!, bent(walk, x!, 1, s!)),
  walk.wanted(s!) ? f.mul(walk, dy!, f.min(walk, x!, 0)) : undefined,
]);

/** dx = dy (x > alpha ? 1 : 0) */
export const ThresholdedRelu: Rule = (node, [dy], walk) => [
  f.where(walk, f.greater(walk, node.inputs[0]!, floatOf(node, 'alpha', 1)), dy!, 0),
];

/** dx = dy (x > 0 ? 1 : alpha e^x) */
export const Elu = slope((walk, x, _, node) =>
  bent(walk, x, 1, f.mul(walk, floatOf(node, 'alpha', 1), decay(walk, x))),
);

/** dx = dy (x > 0 ? 1 : e^(x / alpha)) */
export const Celu = slope((walk, x, _, node) =>
  bent(walk, x, 1, decay(walk, f.div(walk, x, floatOf(node, 'alpha', 1)))),
);

/** dx = dy gamma (x > 0 ? 1 : alpha e^x) */
export const Selu = slope((walk, x, _, node) => {
  const alpha = floatOf(node, 'alpha', 1.6732631921768188);
  const gamma = floatOf(node, 'gamma', 1.0507010221481323);
  return bent(walk, x, gamma, f.mul(walk, gamma * alpha, decay(walk, x)));
});

/**
 * dx = dy where min < x < max; d min = dy where x < min, d max = dy where x > max. The bounds themselves give no
 * gradient, as with torch.nn.ReLU6 and TensorFlow's relu6 (torch.clamp counts them in).
 */
export const Clip = elementwise(({ inputs: [x, low, high] }, [dy], walk) => {
  const above = low ? f.greater(walk, x!, low) : undefined;
  const below = high ? f.less(walk, x!, high) : undefined;
  const inside = above && below ? f.and(walk, above, below) : (above ?? below);
  return [
    inside ? f.where(walk, inside, dy!, 0) : dy,
    low && walk.wanted(low) ? f.where(walk, f.less(walk, x!, low), dy!, 0) : undefined,
    high && walk.wanted(high) ? f.where(walk, f.greater(walk, x!, high), dy!, 0) : undefined,
  ];
});

/** y = clip(alpha x + beta, 0, 1): dx = dy alpha where 0 < y < 1 */
export const HardSigmoid = slope((walk, _, y, node) => {
  const inside = f.and(walk, f.greater(walk, y, 0), f.less(walk, y, 1));
  return f.where(walk, inside, floatOf(node, 'alpha', 0.2), 0);
});

/** y = x clip(x / 6 + 1 / 2, 0, 1): dx = dy (x < 3 ? x / 3 + 1 / 2 : 1) where x > -3 */
export const HardSwish = slope((walk, x) => {
  const middle = f.add(walk, f.div(walk, x, 3), 0.5);
  const right = f.where(walk, f.less(walk, x, 3), middle, 1);
  return f.where(walk, f.greater(walk, x, -3), right, 0);
});

/** dx = dy y (1 - y) */
export const Sigmoid = slope((walk, _, y) => f.mul(walk, y, f.sub(walk, 1, y)));

/** dx = dy (1 - y^2) */
export const Tanh = slope((walk, _, y) => f.sub(walk, 1, f.mul(walk, y, y)));

/** y = log(1 + e^x): dx = dy sigmoid(x) */
export const Softplus = slope((walk, x) => f.sigmoid(walk, x));

/** y = x / (1 + |x|): dx = dy / (1 + |x|)^2 */
export const Softsign = slope((walk, x) => {
  const size = f.add(walk, 1, f.abs(walk, x));
  return f.div(walk, 1, f.mul(walk, size, size));
});

/** y = x t with t = tanh(softplus(x)): dx = dy (t + x (1 - t^2) sigmoid(x)) */
export const Mish = slope((walk, x) => {
  const t = f.tanh(walk, f.softplus(walk, x));
  const inner = f.mul(walk, f.sub(walk, 1, f.mul(walk, t, t)), f.sigmoid(walk, x));
  return f.add(walk, t, f.mul(walk, x, inner));
});

/** dx = dy 2 / sqrt(pi) e^(-x^2) */
export const Erf = slope((walk, x) =>
  f.mul(walk, 2 / Math.sqrt(Math.PI), f.exp(walk, f.neg(walk, f.mul(walk, x, x)))),
);

/**
 * y = x P with P = (1 + erf(x / sqrt 2)) / 2: dx = dy (P + x e^(-x^2 / 2) / sqrt(2 pi)).
 * Its approximation has P = (1 + t) / 2 with t = tanh(c (x + a x^3)): dx = dy (P + x (1 - t^2) c (1 + 3 a x^2) / 2).
 */
export const Gelu = slope((walk, x, _, node) => {
  const square = f.mul(walk, x, x);
  if (stringOf(node, 'approximate', 'none') === 'tanh') {
    const c = Math.sqrt(2 / Math.PI);
    const a = 0.044715;
    const t = f.tanh(walk, f.mul(walk, c, f.mul(walk, x, f.add(walk, 1, f.mul(walk, a, square)))));
    const bell = f.mul(walk, f.sub(walk, 1, f.mul(walk, t, t)), f.add(walk, 1, f.mul(walk, 3 * a, square)));
    return f.add(walk, f.add(walk, 0.5, f.mul(walk, 0.5, t)), f.mul(walk, f.mul(walk, c / 2, x), bell));
  }
  const p = f.add(walk, 0.5, f.mul(walk, 0.5, f.erf(walk, f.mul(walk, Math.SQRT1_2, x))));
  const bell = f.mul(walk, 1 / Math.sqrt(2 * Math.PI), f.exp(walk, f.mul(walk, -0.5, square)));
  return f.add(walk, p, f.mul(walk, x, bell));
});

/** dx = dy y */
export const Exp = slope((_, __, y) => y);

/** dx = dy / x */
export const Log: Rule = (node, [dy], walk) => [f.div(walk, dy!, node.inputs[0]!)];

/** dx = dy / (2 y): infinite at 0 */
export const Sqrt: Rule = (node, [dy], walk) => [f.div(walk, f.mul(walk, 0.5, dy!), node.outputs[0]!)];

/** dx = -dy y^2 */
export const Reciprocal = slope((walk, _, y) => f.neg(walk, f.mul(walk, y, y)));

/** dx = dy sign(x), 0 at 0 */
export const Abs = slope((walk, x) => f.sign(walk, x));

/** dx = -dy */
export const Neg: Rule = (_, [dy], walk) => [f.neg(walk, dy!)];

/** dx = dy cos(x) */
export const Sin = slope((walk, x) => f.cos(walk, x));

/** dx = -dy sin(x) */
export const Cos = slope((walk, x) => f.neg(walk, f.sin(walk, x)));

/** dx = dy (1 + y^2) */
export const Tan = slope((walk, _, y) => f.add(walk, 1, f.mul(walk, y, y)));

/** dx = dy / (1 + x^2) */
export const Atan = slope((walk, x) => f.div(walk, 1, f.add(walk, 1, f.mul(walk, x, x))));

/** Steps are flat wherever they have a slope. */
const flat: Rule = () => [undefined];

export const Floor = flat;
export const Ceil = flat;
export const Round = flat;
export const Sign = flat;
