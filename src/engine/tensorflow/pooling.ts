import * as tf from '@tensorflow/tfjs';
import { intOf, intsOf } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';
import { sizeOf } from '../../tensor/tensor.js';
import { pad, taken } from './cut.js';
import { type Operator, type Operators, plain } from './value.js';
import { tapsOf, type Window, windowOf } from './window.js';

/**
 * For each tap of the window the elements of `x` that it reads, `[N, C, ..output]`. Supports any rank,
 * padding and dilation.
 */
function seen(x: tf.Tensor, window: Window, filler: number): { tap: number[]; part: tf.Tensor }[] {
  const behind = window.behind.map((amount) => Math.max(0, amount));
  const whole = pad(x, [0, 0, ...window.begin], [0, 0, ...behind], filler);
  return tapsOf(window.kernel).map((tap) => {
    const cuts = tap.map((k, i): [number, { from: number; count: number; step: number }] => [
      i + 2,
      { from: k * window.dilations[i]!, count: window.output[i]!, step: window.strides[i]! },
    ]);
    return { tap, part: taken(whole, new Map(cuts)) };
  });
}

const kernelOf = (node: Node) => intsOf(node, 'kernel_shape')!;

/** The second output is the flat index in the input of the first maximum of each window. */
const MaxPool: Operator = ([x], node) => {
  const { type, tensor } = x!;
  const window = windowOf(node, tensor.shape.slice(2), kernelOf(node));
  const parts = seen(tensor, window, Number.NEGATIVE_INFINITY);
  if (!node.outputs[1]) {
    return [{ type, tensor: parts.map(({ part }) => part).reduce(tf.maximum<tf.Tensor>) }];
  }
  let best = parts[0]!.part;
  let winner: tf.Tensor = tf.zerosLike(best);
  for (const [i, { part }] of parts.entries()) {
    if (i === 0) continue;
    winner = tf.where(tf.greater(part, best), tf.scalar(i), winner);
    best = tf.maximum(part, best);
  }
  const offsets = offsetsOf(tensor.shape, window);
  const at = tf.gather(tf.tensor1d(offsets, 'int32'), tf.cast(winner, 'int32'));
  return [
    { type, tensor: best },
    { type: 'int64', tensor: tf.add(at, corners(tensor.shape, window)) },
  ];
};

const spatialStrides = (shape: readonly number[]) => shape.slice(2).map((_, i) => sizeOf(shape.slice(i + 3)));

/** The offset of each tap from the first element of its window, in flat input indices. */
function offsetsOf(shape: readonly number[], { kernel, dilations }: Window): Int32Array {
  const strides = spatialStrides(shape);
  const taps = tapsOf(kernel);
  return Int32Array.from(taps, (tap) => tap.reduce((sum, k, i) => sum + k * dilations[i]! * strides[i]!, 0));
}

/** The flat input index of the first element of each window, `[N, C, ..output]`. */
function corners(shape: readonly number[], { begin, output, strides }: Window): tf.Tensor {
  const [n, channels, ...input] = shape as [number, number, ...number[]];
  const along = spatialStrides(shape);
  const within = tapsOf(output).map((position) =>
    position.reduce((sum, o, i) => sum + (o * strides[i]! - begin[i]!) * along[i]!, 0),
  );
  const planes = Int32Array.from({ length: n * channels }, (_, plane) => plane * sizeOf(input));
  return tf.add(
    tf.tensor(planes, [n, channels, ...input.map(() => 1)], 'int32'),
    tf.tensor(Int32Array.from(within), [1, 1, ...output], 'int32'),
  );
}

const AveragePool = plain(([x], node) => {
  const window = windowOf(node, x!.shape.slice(2), kernelOf(node));
  const total = seen(x!, window, 0)
    .map(({ part }) => part)
    .reduce(tf.add<tf.Tensor>);
  return tf.div(total, counts(x!.shape.slice(2), window, intOf(node, 'count_include_pad', 0) === 1));
});

/** The number of elements in each window's mean, `[1, 1, ..output]`. */
function counts(input: readonly number[], window: Window, withPadding: boolean): tf.Tensor {
  const { kernel, dilations, strides, begin, end, output } = window;
  const byAxis = input.map((length, i) =>
    Array.from({ length: output[i]! }, (_, o) => {
      const [low, high] = withPadding ? [-begin[i]!, length + end[i]!] : [0, length];
      const start = o * strides[i]! - begin[i]!;
      const positions = Array.from({ length: kernel[i]! }, (_, k) => start + k * dilations[i]!);
      return positions.filter((position) => position >= low && position < high).length;
    }),
  );
  const products = tapsOf(output).map((position) => position.reduce((n, o, i) => n * byAxis[i]![o]!, 1));
  return tf.tensor(Float32Array.from(products), [1, 1, ...output]);
}

/** The p-norm (sum |x|^p)^(1/p) over each window, or over all spatial positions for GlobalLpPool. */
const length = (node: Node, x: tf.Tensor, sum: (powers: tf.Tensor) => tf.Tensor): tf.Tensor => {
  const p = intOf(node, 'p', 2);
  return tf.pow(sum(tf.pow(tf.abs(x), p)), 1 / p);
};

const LpPool = plain(([x], node) =>
  length(node, x!, (powers) =>
    seen(powers, windowOf(node, x!.shape.slice(2), kernelOf(node)), 0)
      .map(({ part }) => part)
      .reduce(tf.add<tf.Tensor>),
  ),
);

const planeOf = (x: tf.Tensor) => x.shape.slice(2).map((_, i) => i + 2);

const GlobalLpPool = plain(([x], node) => length(node, x!, (powers) => tf.sum(powers, planeOf(x!), true)));

const overPlane = (of: (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor): Operator =>
  plain(([x]) => of(x!, planeOf(x!), true));

export const pooling: Operators = {
  AveragePool,
  GlobalAveragePool: overPlane((x, axes, keep) => tf.mean(x, axes, keep)),
  GlobalMaxPool: overPlane((x, axes, keep) => tf.max(x, axes, keep)),
  GlobalLpPool,
  LpPool,
  MaxPool,
};
