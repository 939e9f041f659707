import * as tf from '@tensorflow/tfjs';
import { floatOf, intOf } from '../../graph/attributes.js';
import { axisOf } from '../../graph/shapes.js';
import { sizeOf } from '../../tensor/tensor.js';
import { pad, taken } from './cut.js';
import { type Operator, type Operators, plain, type Value } from './value.js';

/** Reshapes a tensor `[C]` to broadcast over `[N, C, ..]`. */
const byChannel = (of: tf.Tensor, x: tf.Tensor) => tf.reshape(of, [-1, ...x.shape.slice(2).map(() => 1)]);

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

interface Standardised {
  readonly normal: tf.Tensor;
  readonly mean: tf.Tensor;
  /** 1 / sqrt(variance + epsilon) */
  readonly inverse: tf.Tensor;
}

function standardise(x: tf.Tensor, axes: number[], epsilon: number): Standardised {
  const mean = tf.mean(x, axes, true);
  const apart = tf.sub(x, mean);
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(apart), axes, true), epsilon));
  return { normal: tf.mul(apart, inverse), mean, inverse };
}

/**
 * In training mode normalises by the batch's mean and variance, and returns the updated running statistics.
 */
const BatchNormalization: Operator = ([x, scale, bias, mean, variance], node) => {
  const input = x!.tensor;
  const training = intOf(node, 'training_mode', 0) === 1;
  const others = input.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const batchMean = training ? tf.mean(input, others) : mean!.tensor;
  const batchVariance = training
    ? tf.mean(tf.square(tf.sub(input, byChannel(batchMean, input))), others)
    : variance!.tensor;
  const slope = tf.mul(scale!.tensor, tf.rsqrt(tf.add(batchVariance, floatOf(node, 'epsilon', 1e-5))));
  const offset = tf.sub(bias!.tensor, tf.mul(batchMean, slope));
  const y = tf.add(tf.mul(input, byChannel(slope, input)), byChannel(offset, input));
  if (!training) return [{ type: x!.type, tensor: y }];
  const kept = floatOf(node, 'momentum', 0.9);
  const blend = (running: Value, batch: tf.Tensor): Value => ({
    type: running.type,
    tensor: tf.add(tf.mul(running.tensor, kept), tf.mul(batch, 1 - kept)),
  });
  return [{ type: x!.type, tensor: y }, blend(mean!, batchMean), blend(variance!, batchVariance)];
};

const LayerNormalization: Operator = ([x, scale, bias], node) => {
  const { rank } = x!.tensor;
  const axes = range(axisOf(intOf(node, 'axis', -1), rank), rank);
  const { normal, mean, inverse } = standardise(x!.tensor, axes, floatOf(node, 'epsilon', 1e-5));
  const scaled = tf.mul(normal, scale!.tensor);
  const { type } = x!;
  return [
    { type, tensor: bias ? tf.add(scaled, bias.tensor) : scaled },
    { type, tensor: mean },
    { type, tensor: inverse },
  ];
};

const InstanceNormalization = plain(([x, scale, bias], node) => {
  const { normal } = standardise(x!, range(2, x!.rank), floatOf(node, 'epsilon', 1e-5));
  return tf.add(tf.mul(normal, byChannel(scale!, x!)), byChannel(bias!, x!));
});

/** Scale and bias have one value per group up to opset 20, and one per channel from opset 21. */
const GroupNormalization = plain(([x, scale, bias], node) => {
  const groups = intOf(node, 'num_groups', 1);
  const [n, channels] = x!.shape as [number, number];
  const grouped = tf.reshape(x!, [n, groups, sizeOf(x!.shape.slice(1)) / groups]);
  const { normal } = standardise(grouped, [2], floatOf(node, 'epsilon', 1e-5));
  const spread = (of: tf.Tensor) =>
    byChannel(tf.reshape(tf.tile(tf.expandDims(of, 1), [1, channels / of.size]), [channels]), x!);
  return tf.add(tf.mul(tf.reshape(normal, x!.shape), spread(scale!)), spread(bias!));
});

/** y = x / (bias + alpha / size * (sum of the squares of the `size` nearest channels))^beta */
const LRN = plain(([x], node) => {
  const size = intOf(node, 'size', 1);
  const channels = x!.shape[1]!;
  const around = (amount: number) => x!.shape.map((_, axis) => (axis === 1 ? amount : 0));
  const [before, behind] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const squares = pad(tf.square(x!), around(before), around(behind), 0);
  const near = range(0, size).map((from) =>
    taken(squares, new Map([[1, { from, count: channels, step: 1 }]])),
  );
  const total = tf.mul(near.reduce(tf.add<tf.Tensor>), floatOf(node, 'alpha', 1e-4) / size);
  return tf.div(x!, tf.pow(tf.add(total, floatOf(node, 'bias', 1)), floatOf(node, 'beta', 0.75)));
});

export const norms: Operators = {
  BatchNormalization,
  GroupNormalization,
  InstanceNormalization,
  LayerNormalization,
  LRN,
};
