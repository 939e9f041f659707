import * as tf from '@tensorflow/tfjs';
import { intOf, intsOf, stringOf } from '../../graph/attributes.js';
import { pad, taken } from './cut.js';
import type { Operator } from './value.js';
import { windowOf } from './window.js';

/** Transposes `[N, C, ..]` to `[N, .., C]` and back: TensorFlow.js convolves channels last. */
const channelsLast = (x: tf.Tensor) => tf.transpose(x, [0, ...spatial(x).map((axis) => axis + 2), 1]);
const channelsFirst = (x: tf.Tensor) =>
  tf.transpose(x, [0, x.rank - 1, ...spatial(x).map((axis) => axis + 1)]);
/** `[O, I, ..]` to `[.., I, O]`, or `[I, O, ..]` to `[.., O, I]`. */
const kernelLast = (w: tf.Tensor) => tf.transpose(w, [...spatial(w).map((axis) => axis + 2), 1, 0]);
const spatial = (x: tf.Tensor) => Array.from({ length: x.rank - 2 }, (_, axis) => axis);

/** `[N, C, L]` as an image of width 1. */
const asImage = (x: tf.Tensor) => (x.rank === 3 ? tf.expandDims(x, 3) : x);
const asLine = (x: tf.Tensor, rank: number) => (rank === 3 ? tf.squeeze(x, [3]) : x);

const padded = (x: tf.Tensor, begin: readonly number[], end: readonly number[]) =>
  pad(x, [0, 0, ...begin], [0, 0, ...end], 0);

/** Subsamples the spatial axes by `strides`. */
function thinned(y: tf.Tensor, strides: readonly number[]): tf.Tensor {
  const cuts = strides.map((step, axis): [number, { from: number; count: number; step: number }] => [
    axis + 2,
    { from: 0, count: Math.ceil(y.shape[axis + 2]! / step), step },
  ]);
  return taken(y, new Map(cuts));
}

type Numbers = readonly number[];
type Pair = [number, number];
type Triple = [number, number, number];

/** Convolution with one group and no padding. */
function convolve(x: tf.Tensor, w: tf.Tensor, strides: Numbers, dilations: Numbers): tf.Tensor {
  // TensorFlow.js supports strides or dilations, not both.
  if (strides.some((s) => s > 1) && dilations.some((d) => d > 1)) {
    const ones = strides.map(() => 1);
    return thinned(convolve(x, w, ones, dilations), strides);
  }
  if (x.rank === 5) {
    const [volume, kernel] = [channelsLast(x) as tf.Tensor5D, kernelLast(w) as tf.Tensor5D];
    const [along, apart] = [strides as Triple, dilations as Triple];
    return channelsFirst(tf.conv3d(volume, kernel, along, 'valid', 'NDHWC', apart));
  }
  const [image, kernel] = [channelsLast(x) as tf.Tensor4D, kernelLast(w) as tf.Tensor4D];
  const [along, apart] = [strides as Pair, dilations as Pair];
  return channelsFirst(tf.conv2d(image, kernel, along, 'valid', 'NHWC', apart));
}

/** Depthwise convolution; `w` has shape `[C M, 1, H, W]`. */
function depthwise(x: tf.Tensor, w: tf.Tensor, strides: Numbers, dilations: Numbers): tf.Tensor {
  const uneven = strides.some((s) => s !== strides[0]);
  const dilated = dilations.some((d) => d > 1);
  if (uneven || (dilated && strides[0] !== 1)) {
    const ones = strides.map(() => 1);
    return thinned(depthwise(x, w, ones, dilations), strides);
  }
  const channels = x.shape[1]!;
  const [outputs, , height, width] = w.shape as [number, number, number, number];
  const apart = tf.reshape(w, [channels, outputs / channels, height, width]);
  const [image, kernel] = [channelsLast(x) as tf.Tensor4D, tf.transpose(apart, [2, 3, 0, 1]) as tf.Tensor4D];
  const y = tf.depthwiseConv2d(image, kernel, strides as Pair, 'valid', 'NHWC', dilations as Pair);
  return channelsFirst(y);
}

const withBias = (y: tf.Tensor, bias: tf.Tensor | undefined) =>
  bias ? tf.add(y, tf.reshape(bias, [-1, ...y.shape.slice(2).map(() => 1)])) : y;

/** Applies `of` to each group of channels and kernels and concatenates the results. */
const inGroups = (
  groups: number,
  x: tf.Tensor,
  w: tf.Tensor,
  of: (x: tf.Tensor, w: tf.Tensor) => tf.Tensor,
): tf.Tensor => {
  if (groups === 1) return of(x, w);
  const kernels = tf.split(w, groups, 0);
  const parts = tf.split(x, groups, 1).map((part, i) => of(part, kernels[i]!));
  return tf.concat(parts, 1);
};

export const Conv: Operator = ([x, w, bias], node) => {
  const window = windowOf(node, x!.tensor.shape.slice(2), w!.tensor.shape.slice(2));
  const { rank } = x!.tensor;
  const flat = rank === 3 ? [1] : [];
  const strides = [...window.strides, ...flat];
  const dilations = [...window.dilations, ...flat];
  const image = asImage(padded(x!.tensor, window.begin, window.end));
  const kernels = asImage(w!.tensor);
  const groups = intOf(node, 'group', 1);
  const y =
    groups > 1 && groups === image.shape[1] && rank < 5
      ? depthwise(image, kernels, strides, dilations)
      : inGroups(groups, image, kernels, (part, own) => convolve(part, own, strides, dilations));
  return [{ type: x!.type, tensor: withBias(asLine(y, rank), bias?.tensor) }];
};

/** Inserts zeros between the taps of a kernel `[O, I, ..]`; replaces a dilation. */
function dilated(w: tf.Tensor, dilations: Numbers): tf.Tensor {
  return dilations.reduce((kernel, d, i) => {
    if (d === 1) return kernel;
    const axis = i + 2;
    const apart = tf.expandDims(kernel, axis + 1);
    const around = (amount: number) => apart.shape.map((_, a) => (a === axis + 1 ? amount : 0));
    const spread = pad(apart, around(0), around(d - 1), 0);
    const length = kernel.shape[axis]!;
    const shape = kernel.shape.map((n, a) => (a === axis ? n * d : n));
    const merged = tf.reshape(spread, shape);
    return taken(merged, new Map([[axis, { from: 0, count: (length - 1) * d + 1, step: 1 }]]));
  }, w);
}

/** Transposed convolution with one group and no padding. */
function transposed(x: tf.Tensor, w: tf.Tensor, strides: Numbers): tf.Tensor {
  const [n, , ...small] = x.shape as [number, number, ...number[]];
  const outputs = w.shape[1]!;
  const full = small.map((length, axis) => strides[axis]! * (length - 1) + w.shape[axis + 2]!);
  if (x.rank === 5) {
    const [volume, kernel] = [channelsLast(x) as tf.Tensor5D, kernelLast(w) as tf.Tensor5D];
    const shape: [number, ...Triple, number] = [n, ...(full as Triple), outputs];
    return channelsFirst(tf.conv3dTranspose(volume, kernel, shape, strides as Triple, 'valid'));
  }
  const [image, kernel] = [channelsLast(x) as tf.Tensor4D, kernelLast(w) as tf.Tensor4D];
  const shape: [number, ...Pair, number] = [n, ...(full as Pair), outputs];
  return channelsFirst(tf.conv2dTranspose(image, kernel, shape, strides as Pair, 'valid'));
}

export const ConvTranspose: Operator = ([x, w, bias], node) => {
  const { rank, shape } = x!.tensor;
  const kernel = w!.tensor.shape.slice(2);
  const ones = kernel.map(() => 1);
  const strides = intsOf(node, 'strides') ?? ones;
  const dilations = intsOf(node, 'dilations') ?? ones;
  const extra = intsOf(node, 'output_padding') ?? ones.map(() => 0);
  const full = kernel.map(
    (k, i) => strides[i]! * (shape[i + 2]! - 1) + extra[i]! + (k - 1) * dilations[i]! + 1,
  );
  const { begin, output } = transposedPadding(intsOf(node, 'pads'), intsOf(node, 'output_shape'), full, {
    auto: stringOf(node, 'auto_pad', 'NOTSET'),
    same: strides.map((s, i) => s * shape[i + 2]!),
  });
  const steps = rank === 3 ? [...strides, 1] : strides;
  const [image, kernels] = [asImage(x!.tensor), asImage(dilated(w!.tensor, dilations))];
  const whole = inGroups(intOf(node, 'group', 1), image, kernels, (part, own) =>
    transposed(part, own, steps),
  );
  const y = asLine(whole, rank);
  const before = begin.map((b) => -b);
  const end = output.map((length, i) => length + begin[i]! - y.shape[i + 2]!);
  const cut = padded(y, before, end);
  return [{ type: x!.type, tensor: withBias(cut, bias?.tensor) }];
};

/**
 * The number of elements to remove at the start of the full result, and the output length, by spatial axis.
 */
function transposedPadding(
  pads: Numbers | undefined,
  given: Numbers | undefined,
  full: Numbers,
  { auto, same }: { readonly auto: string; readonly same: Numbers },
): { begin: Numbers; output: Numbers } {
  const wanted = given?.slice(-full.length) ?? (auto.startsWith('SAME') ? same : undefined);
  if (wanted) {
    const total = full.map((length, i) => length - wanted[i]!);
    const less = total.map((t) => Math.floor(t / 2));
    return { begin: auto === 'SAME_UPPER' ? less : total.map((t, i) => t - less[i]!), output: wanted };
  }
  const declared = auto === 'VALID' ? undefined : pads;
  const begin = full.map((_, i) => declared?.[i] ?? 0);
  return {
    begin,
    output: full.map((length, i) => length - begin[i]! - (declared?.[i + full.length] ?? 0)),
  };
}
