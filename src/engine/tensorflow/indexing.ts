import * as tf from '@tensorflow/tfjs';
import { intOf, stringOf } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';
import { axisOf } from '../../graph/shapes.js';
import { sizeOf } from '../../tensor/tensor.js';
import { type Operator, type Operators, wholes } from './value.js';

/** Converts negative indices, which count from the end. */
const fromStart = (indices: tf.Tensor, length: number) =>
  tf.where(tf.less(indices, 0), tf.add(indices, tf.scalar(length, 'int32')), indices);

const Gather: Operator = ([x, picks], node) => {
  const { type, tensor } = x!;
  const axis = axisOf(intOf(node, 'axis', 0), tensor.rank);
  const indices = fromStart(picks!.tensor, tensor.shape[axis]!);
  const flat = tf.gather(tensor, tf.reshape(indices, [indices.size]), axis);
  const shape = [...tensor.shape.slice(0, axis), ...indices.shape, ...tensor.shape.slice(axis + 1)];
  const known = x!.host && tensor.rank === 1 ? wholes(picks)!.map((i) => x!.host!.at(i)!) : undefined;
  return [{ type, tensor: tf.reshape(flat, shape), ...(known && { host: known }) }];
};

/** The flat indices, in a tensor of shape `shape`, of the elements that `indices` selects along `axis`. */
function flatIndices(indices: tf.Tensor, shape: readonly number[], axis: number): tf.Tensor1D {
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const base = new Int32Array(indices.size);
  const index = indices.shape.map(() => 0);
  for (let flat = 0; flat < base.length; flat++) {
    for (const [i, position] of index.entries()) if (i !== axis) base[flat]! += position * strides[i]!;
    for (let i = index.length - 1; i >= 0 && ++index[i]! === indices.shape[i]; i--) index[i] = 0;
  }
  const along = tf.mul(fromStart(indices, shape[axis]!), tf.scalar(strides[axis]!, 'int32'));
  return tf.add(tf.reshape(along, [indices.size]), tf.tensor1d(base, 'int32'));
}

const GatherElements: Operator = ([x, picks], node) => {
  const { type, tensor } = x!;
  const at = flatIndices(picks!.tensor, tensor.shape, axisOf(intOf(node, 'axis', 0), tensor.rank));
  const flat = tf.gather(tf.reshape(tensor, [tensor.size]), at);
  return [{ type, tensor: tf.reshape(flat, picks!.tensor.shape) }];
};

/** The k largest or smallest values along an axis, sorted, and their indices. */
const TopK: Operator = ([x, k], node) => {
  const { type, tensor } = x!;
  const axis = axisOf(intOf(node, 'axis', -1), tensor.rank);
  const last = tensor.shape.map((_, i) => i).filter((i) => i !== axis);
  const back = tensor.shape.map((_, i) => (i === axis ? tensor.rank - 1 : i < axis ? i : i - 1));
  const sign = intOf(node, 'largest', 1) === 1 ? 1 : -1;
  const found = tf.topk(tf.mul(tf.transpose(tensor, [...last, axis]), sign), wholes(k)![0]!, true);
  return [
    { type, tensor: tf.transpose(tf.mul(found.values, sign), back) },
    { type: 'int64', tensor: tf.transpose(found.indices, back) },
  ];
};

/**
 * Scatters `updates` into `x` at the indices `at`, `[M, k]`: adds when the node's reduction is `add`, else
 * replaces.
 */
function scattered(x: tf.Tensor, at: tf.Tensor, updates: tf.Tensor, node: Node): tf.Tensor {
  const indices = tf.cast(at, 'int32');
  const sums = tf.scatterND(indices, updates, x.shape);
  const reduction = stringOf(node, 'reduction', 'none');
  if (reduction === 'add') return tf.add(x, sums);
  if (reduction !== 'none') throw new Error(`reduction '${reduction}' is not supported`);
  const hit = tf.scatterND(indices, tf.onesLike(updates), x.shape);
  return tf.where(tf.notEqual(hit, 0), sums, x);
}

const ScatterElements: Operator = ([x, picks, updates], node) => {
  const { type, tensor } = x!;
  const at = flatIndices(picks!.tensor, tensor.shape, axisOf(intOf(node, 'axis', 0), tensor.rank));
  const flat = tf.reshape(tensor, [tensor.size]);
  const given = tf.reshape(updates!.tensor, [at.size]);
  return [{ type, tensor: tf.reshape(scattered(flat, tf.expandDims(at, 1), given, node), tensor.shape) }];
};

/** Flattens indices of the leading axes to rows `[M, k]` and makes them nonnegative. */
function rowsOf(indices: tf.Tensor, shape: readonly number[]): { at: tf.Tensor2D; rest: number[] } {
  const depth = indices.shape.at(-1)!;
  const at = tf.reshape(indices, [-1, depth]);
  const lengths = tf.tensor1d(Int32Array.from(shape.slice(0, depth)), 'int32');
  const counted = tf.where(tf.less(at, 0), tf.add(at, lengths), at);
  return { at: tf.cast(counted, 'int32') as tf.Tensor2D, rest: shape.slice(depth) };
}

const ScatterND: Operator = ([x, indices, updates], node) => {
  const { type, tensor } = x!;
  const { at, rest } = rowsOf(indices!.tensor, tensor.shape);
  const given = tf.reshape(updates!.tensor, [at.shape[0], ...rest]);
  return [{ type, tensor: scattered(tensor, at, given, node) }];
};

const GatherND: Operator = ([x, indices], node) => {
  if (intOf(node, 'batch_dims', 0) !== 0) throw new Error('batch_dims other than 0 are not supported');
  const { type, tensor } = x!;
  const { at, rest } = rowsOf(indices!.tensor, tensor.shape);
  const taken = tf.gatherND(tensor, at);
  return [{ type, tensor: tf.reshape(taken, [...indices!.tensor.shape.slice(0, -1), ...rest]) }];
};

export const indexing: Operators = {
  Gather,
  GatherElements,
  GatherND,
  ScatterElements,
  ScatterND,
  TopK,
};
