import * as tf from '@tensorflow/tfjs';
import { intOf } from '../../graph/attributes.js';
import { axisOf } from '../../graph/shapes.js';
import { type Operator, type Operators, plain, wholes } from './value.js';

type Reduce = (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor;

const reduction =
  (of: Reduce): Operator =>
  ([x, given], node) => {
    const { type, tensor } = x!;
    const listed = wholes(given) ?? [];
    if (listed.length === 0 && intOf(node, 'noop_with_empty_axes', 0)) return [x];
    const axes =
      listed.length > 0 ? listed.map((a) => axisOf(a, tensor.rank)) : tensor.shape.map((_, a) => a);
    return [{ type, tensor: of(tensor, axes, intOf(node, 'keepdims', 1) === 1) }];
  };

const sum: Reduce = (x, axes, keep) => tf.sum(x, axes, keep);

/** x - log(sum(exp(x))) along an axis. */
const logSoftmax = (x: tf.Tensor, axis: number) => {
  const below = tf.sub(x, tf.max(x, axis, true));
  return tf.sub(below, tf.log(tf.sum(tf.exp(below), axis, true)));
};

const softmax = (x: tf.Tensor, axis: number) => {
  const grown = tf.exp(tf.sub(x, tf.max(x, axis, true)));
  return tf.div(grown, tf.sum(grown, axis, true));
};

const alongAxis = (of: (x: tf.Tensor, axis: number) => tf.Tensor): Operator =>
  plain(([x], node) => of(x!, axisOf(intOf(node, 'axis', -1), x!.rank)));

const argReduction =
  (of: (x: tf.Tensor, axis: number) => tf.Tensor): Operator =>
  ([x], node) => {
    const axis = axisOf(intOf(node, 'axis', 0), x!.tensor.rank);
    const found = of(x!.tensor, axis);
    return [{ type: 'int64', tensor: intOf(node, 'keepdims', 1) ? tf.expandDims(found, axis) : found }];
  };

const CumSum: Operator = ([x, given], node) => {
  const axis = axisOf(wholes(given)![0]!, x!.tensor.rank);
  const exclusive = intOf(node, 'exclusive', 0) === 1;
  return [{ type: x!.type, tensor: tf.cumsum(x!.tensor, axis, exclusive, intOf(node, 'reverse', 0) === 1) }];
};

export const reductions: Operators = {
  ArgMax: argReduction((x, axis) => tf.argMax(x, axis)),
  ArgMin: argReduction((x, axis) => tf.argMin(x, axis)),
  CumSum,
  LogSoftmax: alongAxis(logSoftmax),
  ReduceL1: reduction((x, axes, keep) => sum(tf.abs(x), axes, keep)),
  ReduceL2: reduction((x, axes, keep) => tf.sqrt(sum(tf.square(x), axes, keep))),
  ReduceLogSum: reduction((x, axes, keep) => tf.log(sum(x, axes, keep))),
  ReduceLogSumExp: reduction((x, axes, keep) => tf.logSumExp(x, axes, keep)),
  ReduceMax: reduction((x, axes, keep) => tf.max(x, axes, keep)),
  ReduceMean: reduction((x, axes, keep) => tf.mean(x, axes, keep)),
  ReduceMin: reduction((x, axes, keep) => tf.min(x, axes, keep)),
  ReduceProd: reduction((x, axes, keep) => tf.prod(x, axes, keep)),
  ReduceSum: reduction(sum),
  ReduceSumSquare: reduction((x, axes, keep) => sum(tf.square(x), axes, keep)),
  Softmax: alongAxis(softmax),
};
