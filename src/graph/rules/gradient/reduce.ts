import { int, intOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { is } from '../../catalogue/index.js';
import { reducedAxes, refusal } from './constant.js';

/** x, and y and dy with the reduced axes kept at length 1. */
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
      if (is(node, 'reduces', 'itself')) return [dy];
      throw refusal(node, 'noop_with_empty_axes = 1');
    }
    const kept = (value: string) =>
      intOf(node, 'keepdims', 1)
        ? value
        : walk.unsqueeze(
            value,
            axes.toSorted((a, b) => a - b),
          );
    return [gradient(walk, { x: node.inputs[0]!, y: kept(node.outputs[0]!), dy: kept(dy!), axes })];
  };

/** y = sum x: dx = dy */
export const ReduceSum = reduction(({ expandLike }, { x, dy }) => expandLike(dy, x));

/** y = sum x / n: dx = dy / n */
export const ReduceMean = reduction(({ shape, mul, expandLike, emit, div }, { x, dy, axes }) => {
  const { dims, batchAxis } = shape(x);
  const fixed = axes.reduce((n, axis) => n * dims[axis]!, 1);
  const share = mul(dy, 1 / fixed);
  if (batchAxis === undefined || !axes.includes(batchAxis)) return expandLike(share, x);
  const at = { start: int(batchAxis), end: int(batchAxis + 1) };
  const batch = emit('Cast', [emit('Shape', [x], at)], { to: int(1) });
  return expandLike(div(share, batch), x);
});

/** dy goes to the maximum (minimum) elements, in equal parts at ties. */
const extreme = reduction(({ where, equal, mul, div, reduce }, { x, y, dy, axes }) => {
  const hits = where(equal(x, y), 1, 0);
  return mul(hits, div(dy, reduce('ReduceSum', hits, axes)));
});

export const ReduceMax = extreme;
export const ReduceMin = extreme;

/** y = product of x: dx = dy times the product of the other elements, which is 0 if one of them is 0 */
export const ReduceProd = reduction(({ equal, where, sub, reduce, div, mul, greater }, { x, dy, axes }) => {
  const isZero = equal(x, 0);
  const zero = where(isZero, 1, 0);
  const otherZeros = sub(reduce('ReduceSum', zero, axes), zero);
  const filled = where(isZero, 1, x);
  const others = div(reduce('ReduceProd', filled, axes), filled);
  return mul(dy, where(greater(otherZeros, 0), 0, others));
});

/** y = sum |x|: dx = dy sign(x) */
export const ReduceL1 = reduction(({ mul, sign }, { x, dy }) => mul(dy, sign(x)));

/** y = sqrt(sum x^2): dx = dy x / y, 0 where y is 0 */
export const ReduceL2 = reduction(({ equal, mul, where, div }, { x, y, dy }) => {
  const zero = equal(y, 0);
  return mul(x, where(zero, 0, div(dy, where(zero, 1, y))));
});

/** y = sum x^2: dx = 2 dy x */
export const ReduceSumSquare = reduction(({ mul }, { x, dy }) => mul(mul(2, dy), x));

/** y = log sum x: dx = dy / e^y */
export const ReduceLogSum = reduction(({ expandLike, div, exp }, { x, y, dy }) =>
  expandLike(div(dy, exp(y)), x),
);

/** y = log sum e^x: dx = dy e^(x - y) */
export const ReduceLogSumExp = reduction(({ mul, exp, sub }, { x, y, dy }) => mul(dy, exp(sub(x, y))));

/** y_i = e^(x_i) / sum_j e^(x_j): dx = y (dy - sum_j dy_j y_j) */
export const Softmax: Rule = (node, [dy], { reduce, mul, sub }) => {
  const y = node.outputs[0]!;
  const sum = reduce('ReduceSum', mul(dy!, y), [intOf(node, 'axis', -1)]);
  return [mul(y, sub(dy!, sum))];
};

/** y_i = x_i - log sum_j e^(x_j): dx = dy - e^y sum_j dy_j */
export const LogSoftmax: Rule = (node, [dy], { reduce, sub, mul, exp }) => {
  const sum = reduce('ReduceSum', dy!, [intOf(node, 'axis', -1)]);
  return [sub(dy!, mul(exp(node.outputs[0]!), sum))];
};

/** y_i = sum of x_j for j <= i: dx_j = sum of dy_i for i >= j */
export const CumSum: Rule = (node, [dy], walk) => [
  walk.emit('CumSum', [dy!, node.inputs[1]!], {
    exclusive: int(intOf(node, 'exclusive', 0)),
    reverse: int(1 - intOf(node, 'reverse', 0)),
  }),
];
