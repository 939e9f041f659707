import { int, intOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { int64 } from '../../elements.js';
import * as f from '../formula.js';
import { refusal } from './constant.js';
import { reducedAxes } from './reduced-axes.js';

/** How y and dy look with the reduced axes kept at length 1. */
interface Reduced {
  readonly x: string;
  readonly y: string;
  readonly dy: string;
  readonly axes: readonly number[];
}

const reduction =
  (gradient: (walk: Walk, reduced: Reduced) => string): Rule =>
  (node, [dy], walk) => {
    const axes = reducedAxes(node, walk);
    if (axes.length === 0) {
      if (unreduced.has(node.op)) return [dy];
      throw refusal(node, 'noop_with_empty_axes = 1');
    }
    const kept = (value: string) =>
      intOf(node, 'keepdims', 1)
        ? value
        : walk.emit('Unsqueeze', [value, walk.constant(int64(axes.toSorted((a, b) => a - b)))]);
    return [gradient(walk, { x: node.inputs[0]!, y: kept(node.outputs[0]!), dy: kept(dy!), axes })];
  };

/** Over no axes at all, these hand on their input. */
const unreduced = new Set(['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd']);

/** y = sum x: dx = dy */
export const ReduceSum = reduction((walk, { x, dy }) => f.expandLike(walk, dy, x));

/** y = sum x / n: dx = dy / n */
export const ReduceMean = reduction((walk, { x, dy, axes }) => {
  const { dims, batchAxis } = walk.shape(x);
  const fixed = axes.reduce((n, axis) => n * dims[axis]!, 1);
  const share = f.mul(walk, dy, 1 / fixed);
  if (batchAxis === undefined || !axes.includes(batchAxis)) return f.expandLike(walk, share, x);
  const at = { start: int(batchAxis), end: int(batchAxis + 1) };
  const batch = walk.emit('Cast', [walk.emit('Shape', [x], at)], { to: int(1) });
  return f.expandLike(walk, f.div(walk, share, batch), x);
});

/** dy goes to the extreme values, in equal parts where there are several. */
const extreme = reduction((walk, { x, y, dy, axes }) => {
  const hits = f.where(walk, f.equal(walk, x, y), 1, 0);
  return f.mul(walk, hits, f.div(walk, dy, f.reduce(walk, 'ReduceSum', hits, axes)));
});

export const ReduceMax = extreme;
export const ReduceMin = extreme;

/** y = product of x: dx = dy times the product of the others, which is 0 where another is 0 */
export const ReduceProd = reduction((walk, { x, dy, axes }) => {
  const isZero = f.equal(walk, x, 0);
  const zero = f.where(walk, isZero, 1, 0);
  const otherZeros = f.sub(walk, f.reduce(walk, 'ReduceSum', zero, axes), zero);
  const filled = f.where(walk, isZero, 1, x);
  const others = f.div(walk, f.reduce(walk, 'ReduceProd', filled, axes), filled);
  return f.mul(walk, dy, f.where(walk, f.greater(walk, otherZeros, 0), 0, others));
});

/** y = sum |x|: dx = dy sign(x) */
export const ReduceL1 = reduction((walk, { x, dy }) => f.mul(walk, dy, f.sign(walk, x)));

/** y = sqrt(sum x^2): dx = dy x / y, 0 where y is 0 */
export const ReduceL2 = reduction((walk, { x, y, dy }) => {
  const zero = f.equal(walk, y, 0);
  return f.mul(walk, x, f.where(walk, zero, 0, f.div(walk, dy, f.where(walk, zero, 1, y))));
});

/** y = sum x^2: dx = 2 dy x */
export const ReduceSumSquare = reduction((walk, { x, dy }) => f.mul(walk, f.mul(walk, 2, dy), x));

/** y = log sum x: dx = dy / e^y */
export const ReduceLogSum = reduction((walk, { x, y, dy }) =>
  f.expandLike(walk, f.div(walk, dy, f.exp(walk, y)), x),
);

/** y = log sum e^x: dx = dy e^(x - y) */
export const ReduceLogSumExp = reduction((walk, { x, y, dy }) =>
  f.mul(walk, dy, f.exp(walk, f.sub(walk, x, y))),
);

/** y_i = e^(x_i) / sum_j e^(x_j): dx = y (dy - sum_j dy_j y_j) */
export const Softmax: Rule = (node, [dy], walk) => {
  const y = node.outputs[0]!;
  const sum = f.reduce(walk, 'ReduceSum', f.mul(walk, dy!, y), [intOf(node, 'axis', -1)]);
  return [f.mul(walk, y, f.sub(walk, dy!, sum))];
};

/** y_i = x_i - log sum_j e^(x_j): dx = dy - e^y sum_j dy_j */
export const LogSoftmax: Rule = (node, [dy], walk) => {
  const sum = f.reduce(walk, 'ReduceSum', dy!, [intOf(node, 'axis', -1)]);
  return [f.sub(walk, dy!, f.mul(walk, f.exp(walk, node.outputs[0]!), sum))];
};

/** y_i = sum of x_j for j <= i: dx_j = sum of dy_i for i >= j */
export const CumSum: Rule = (node, [dy], walk) => [
  walk.emit('CumSum', [dy!, node.inputs[1]!], {
    exclusive: int(intOf(node, 'exclusive', 0)),
    reverse: int(1 - intOf(node, 'reverse', 0)),
  }),
];
