import { inputError } from '../../base/errors.js';
import { float, int, ints, string } from '../../graph/attributes.js';
import { float32, scalar } from '../../graph/elements.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Feature, Net } from './architecture.js';

/** Options of a square convolution. */
export interface ConvOptions {
  /** The number of output channels. */
  readonly channels: number;
  /** Side length of the kernel, 3 by default. Padding keeps height and width at stride 1. */
  readonly kernel?: number;
  /** 1 by default. */
  readonly stride?: number;
  /** False by default, since BatchNormalization usually follows. */
  readonly bias?: boolean;
  /** Groups of channels that are convolved apart; 1 by default. */
  readonly groups?: number;
  /** Zeros at each edge; half the kernel by default. */
  readonly pad?: number;
}

/**
 * A 2-D convolution, `[C, H, W]` to `[channels, H', W']`. Draws weights from a normal distribution with
 * variance 2 / fan-in (He et al. 2015, arXiv:1502.01852). Throws when the image is too small.
 */
export function conv(
  net: Net,
  name: string,
  x: Feature,
  { channels, kernel = 3, stride = 1, bias = false, groups = 1, pad = kernel >> 1 }: ConvOptions,
): Feature {
  const inputs = x.shape[0]! / groups;
  const shape = [channels, inputs, kernel, kernel];
  const weight = normal(net, `${name}.weight`, shape, Math.sqrt(2 / (inputs * kernel * kernel)));
  const parameters = bias ? [weight, filled(net, `${name}.bias`, channels, 0)] : [weight];
  const value = net.builder.emit(
    'Conv',
    [x.value, ...parameters],
    {
      kernel_shape: ints([kernel, kernel]),
      strides: ints([stride, stride]),
      pads: ints([pad, pad, pad, pad]),
      ...(groups > 1 && { group: int(groups) }),
    },
    name,
  );
  return { value, shape: [channels, ...x.shape.slice(1).map((n) => windows(name, n, kernel, stride, pad))] };
}

/** Batch normalisation of `[C, H, W]` by channel (Ioffe & Szegedy 2015, arXiv:1502.03167). */
export function batchNorm(net: Net, name: string, x: Feature): Feature {
  const parameters = { weight: 1, bias: 0, running_mean: 0, running_var: 1 };
  const inputs = Object.entries(parameters).map(([parameter, value]) =>
    filled(net, `${name}.${parameter}`, x.shape[0]!, value),
  );
  const attributes = { epsilon: float(1e-5), momentum: float(0.9) };
  return { ...x, value: net.builder.emit('BatchNormalization', [x.value, ...inputs], attributes, name) };
}

/** max(x, 0), of any shape. */
export const relu = (net: Net, name: string, x: Feature): Feature => ({
  ...x,
  value: net.builder.emit('Relu', [x.value], {}, name),
});

/** 1 / (1 + exp(-x)), of any shape. */
export const sigmoid = (net: Net, name: string, x: Feature): Feature => ({
  ...x,
  value: net.builder.emit('Sigmoid', [x.value], {}, name),
});

/** x sigmoid(x), of any shape (Elfwing, Uchibe, Doya 2018, arXiv:1702.03118). */
export const silu = (net: Net, name: string, x: Feature): Feature =>
  mul(net, name, x, sigmoid(net, `${name}.gate`, x));

/** The product of two features, of which the second may have one number for each channel. */
export const mul = (net: Net, name: string, a: Feature, b: Feature): Feature => ({
  ...a,
  value: net.builder.emit('Mul', [a.value, b.value], {}, name),
});

/** The sum of two features of the same shape (residual connection). */
export const add = (net: Net, name: string, a: Feature, b: Feature): Feature => ({
  ...a,
  value: net.builder.emit('Add', [a.value, b.value], {}, name),
});

/** Max pooling of `[C, H, W]` with a `kernel` x `kernel` window. Throws when the image is too small. */
export function maxPool(
  net: Net,
  name: string,
  x: Feature,
  { kernel = 2, stride = kernel, pad = 0 }: { kernel?: number; stride?: number; pad?: number } = {},
): Feature {
  const value = net.builder.emit(
    'MaxPool',
    [x.value],
    {
      kernel_shape: ints([kernel, kernel]),
      strides: ints([stride, stride]),
      pads: ints([pad, pad, pad, pad]),
    },
    name,
  );
  const [channels, ...spatial] = x.shape as [number, ...number[]];
  return { value, shape: [channels, ...spatial.map((n) => windows(name, n, kernel, stride, pad))] };
}

/** Average pooling of `[C, H, W]` with a 2x2 window. */
export function averagePool(net: Net, name: string, x: Feature): Feature {
  const attributes = { kernel_shape: ints([2, 2]), strides: ints([2, 2]) };
  const [channels, ...spatial] = x.shape as [number, ...number[]];
  const value = net.builder.emit('AveragePool', [x.value], attributes, name);
  return { value, shape: [channels, ...spatial.map((n) => windows(name, n, 2, 2, 0))] };
}

/** Enlarges `[C, H, W]` to `[C, 2 H, 2 W]`; each value fills a 2x2 window. */
export function upsample(net: Net, name: string, x: Feature): Feature {
  const scales = net.builder.constant(float32([1, 1, 2, 2], [4]));
  const attributes = {
    mode: string('nearest'),
    coordinate_transformation_mode: string('asymmetric'),
    nearest_mode: string('floor'),
  };
  const value = net.builder.emit('Resize', [x.value, '', scales], attributes, name);
  const [channels, ...spatial] = x.shape as [number, ...number[]];
  return { value, shape: [channels, ...spatial.map((n) => 2 * n)] };
}

/** Concatenates features `[C, H, W]` of equal height and width, or vectors `[C]`, along the channels. */
export function concat(net: Net, name: string, parts: readonly Feature[]): Feature {
  const values = parts.map(({ value }) => value);
  const channels = parts.reduce((n, { shape }) => n + shape[0]!, 0);
  const value = net.builder.emit('Concat', values, { axis: int(1) }, name);
  return { value, shape: [channels, ...parts[0]!.shape.slice(1)] };
}

/** Global average pooling, `[C, H, W]` to `[C]`. */
export const globalAveragePool = (net: Net, name: string, x: Feature): Feature =>
  globalPool(net, name, x, 'GlobalAveragePool', 'mean');

/** Global max pooling, `[C, H, W]` to `[C]`. */
export const globalMaxPool = (net: Net, name: string, x: Feature): Feature =>
  globalPool(net, name, x, 'GlobalMaxPool', 'max');

/** The mean of each channel, `[C, H, W]` to `[C, 1, 1]`. */
export const mean = (net: Net, name: string, x: Feature): Feature => ({
  value: net.builder.emit('GlobalAveragePool', [x.value], {}, name),
  shape: [x.shape[0]!, 1, 1],
});

function globalPool(net: Net, name: string, x: Feature, op: string, part: string): Feature {
  const value = net.builder.emit(op, [x.value], {}, `${name}.${part}`);
  return flatten(net, name, { value, shape: [x.shape[0]!, 1, 1] });
}

/** Flattens `[C, H, W]` to `[C * H * W]`. */
export const flatten = (net: Net, name: string, x: Feature): Feature => ({
  value: net.builder.emit('Flatten', [x.value], { axis: int(1) }, name),
  shape: [sizeOf(x.shape)],
});

/**
 * Dropout (Srivastava et al. 2014). In training, sets each value to 0 with the given probability and scales
 * the others up.
 */
export function dropout(net: Net, name: string, x: Feature, probability: number): Feature {
  if (probability === 0) return x;
  const ratio = net.builder.constant(scalar(probability));
  return { ...x, value: net.builder.emit('Dropout', [x.value, ratio], {}, name) };
}

/**
 * A fully connected layer `W x + b`, `[F]` to `[units]`, whose value is called `value`. Draws weights with
 * the variance 2 / (fan-in + fan-out) of Glorot & Bengio 2010, or that of He et al. 2015.
 */
export function dense(
  net: Net,
  name: string,
  x: Feature,
  units: number,
  init: 'glorot' | 'he' = 'glorot',
  value = name,
): Feature {
  const inputs = x.shape[0]!;
  const variance = init === 'he' ? 2 / inputs : 2 / (inputs + units);
  const weight = normal(net, `${name}.weight`, [units, inputs], Math.sqrt(variance));
  const bias = filled(net, `${name}.bias`, units, 0);
  net.builder.emit('Gemm', [x.value, weight, bias], { transB: int(1) }, value);
  return { value, shape: [units] };
}

/** A parameter drawn from a normal distribution with mean 0; returns the value's name. */
export function normal(
  { builder, random }: Net,
  name: string,
  shape: readonly number[],
  deviation: number,
): string {
  // A random stream per parameter: adding a layer does not change the other parameters.
  const own = random.fork(name);
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = own.normal() * deviation;
  return builder.constant(float32(data, shape), name);
}

/** A parameter vector filled with one value; returns the value's name. */
export const filled = ({ builder }: Net, name: string, length: number, value: number): string =>
  builder.constant(float32(new Float32Array(length).fill(value)), name);

function windows(name: string, length: number, kernel: number, stride: number, pad: number): number {
  const count = Math.floor((length + 2 * pad - kernel) / stride) + 1;
  if (count >= 1) return count;
  throw inputError(`the image is too small for this network: '${name}' gets ${length} pixels`);
}
