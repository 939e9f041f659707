import { inputError } from '../base/errors.js';
import { sizeOf, type Tensor, zeros } from './tensor.js';

/** For each output pixel its two source pixels, and its fractional distance from the first to the second. */
interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly part: Float64Array;
}

/**
 * Resizes the last two axes `[..., H, W]` bilinearly: pixel centres at half integers, edges repeated, no
 * antialiasing (`align_corners=False`).
 */
export function resizeBilinear(image: Tensor, height: number, width: number): Tensor {
  const { planes, from, out } = prepare(image, height, width);
  const y = taps(from.height, height);
  const x = taps(from.width, width);
  for (let plane = 0; plane < planes; plane++) {
    const source = plane * from.height * from.width;
    for (let i = 0, o = plane * height * width; i < height; i++) {
      const upper = source + y.low[i]! * from.width;
      const lower = source + y.high[i]! * from.width;
      const down = y.part[i]!;
      for (let j = 0; j < width; j++, o++) {
        const [l, h, right] = [x.low[j]!, x.high[j]!, x.part[j]!];
        const top = mix(image.data[upper + l]!, image.data[upper + h]!, right);
        const bottom = mix(image.data[lower + l]!, image.data[lower + h]!, right);
        out.data[o] = mix(top, bottom, down);
      }
    }
  }
  return out;
}

/** Resizes the last three axes `[..., D, H, W]` along each by itself, by one of the ways for two axes. */
export function resizeVolume(volume: Tensor, how: typeof resizeBilinear, to: readonly number[]): Tensor {
  const { data, shape } = volume;
  const [depth, ...flat] = shape.slice(-3) as [number, number, number];
  const [deep, high, wide] = to as [number, number, number];
  const before = shape.slice(0, -3);
  const count = sizeOf(before);
  const stacked = how({ data, shape: [count, depth, sizeOf(flat)] }, deep, sizeOf(flat));
  const made = how({ data: stacked.data, shape: [count, deep, ...flat] }, high, wide);
  return { data: made.data, shape: [...before, deep, high, wide] };
}

/**
 * Resizes the last two axes `[..., H, W]` by cubic convolution with a = -0.75 (Keys 1981): pixel centres at
 * half integers, edges repeated, no antialiasing, as OpenCV and PyTorch do.
 */
export function resizeCubic(image: Tensor, height: number, width: number): Tensor {
  const { planes, from, out } = prepare(image, height, width);
  const y = cubicTaps(from.height, height);
  const x = cubicTaps(from.width, width);
  const columns = new Float64Array(from.height * width);
  for (let plane = 0; plane < planes; plane++) {
    const source = image.data.subarray(
      plane * from.height * from.width,
      (plane + 1) * from.height * from.width,
    );
    for (let i = 0; i < from.height; i++) {
      for (let j = 0; j < width; j++) {
        columns[i * width + j] = sumOver(x, j, (at) => source[i * from.width + at]!);
      }
    }
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        out.data[(plane * height + i) * width + j] = sumOver(y, i, (at) => columns[at * width + j]!);
      }
    }
  }
  return out;
}

/**
 * Resizes the last two axes `[..., H, W]`: each output pixel takes the input pixel that contains its centre.
 */
export function resizeNearest(image: Tensor, height: number, width: number): Tensor {
  const { planes, from, out } = prepare(image, height, width);
  const y = nearest(from.height, height);
  const x = nearest(from.width, width);
  for (let plane = 0, o = 0; plane < planes; plane++) {
    for (let i = 0; i < height; i++) {
      const row = (plane * from.height + y[i]!) * from.width;
      for (let j = 0; j < width; j++, o++) out.data[o] = image.data[row + x[j]!]!;
    }
  }
  return out;
}

function prepare(image: Tensor, height: number, width: number) {
  const [h, w] = image.shape.slice(-2);
  if (h === undefined || w === undefined || h < 1 || w < 1) {
    throw inputError(
      `an image to resize has the shape [..., H, W] with pixels in it; this one has [${image.shape}]`,
    );
  }
  if (!Number.isInteger(height) || !Number.isInteger(width) || height < 1 || width < 1) {
    throw inputError(
      `an image can't be resized to ${height}x${width}; both must be whole numbers of at least 1`,
    );
  }
  const leading = image.shape.slice(0, -2);
  return { planes: sizeOf(leading), from: { height: h, width: w }, out: zeros([...leading, height, width]) };
}

function taps(from: number, to: number): Taps {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const part = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const at = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    low[i] = Math.min(Math.floor(at), from - 1);
    high[i] = Math.min(low[i]! + 1, from - 1);
    part[i] = at - low[i]!;
  }
  return { low, high, part };
}

/** For each output pixel its four source pixels and their weights. */
interface CubicTaps {
  readonly at: Int32Array;
  readonly weights: Float64Array;
}

function cubicTaps(from: number, to: number): CubicTaps {
  const at = new Int32Array(4 * to);
  const weights = new Float64Array(4 * to);
  for (let i = 0; i < to; i++) {
    const position = ((i + 0.5) * from) / to - 0.5;
    const first = Math.floor(position) - 1;
    for (let tap = 0; tap < 4; tap++) {
      at[4 * i + tap] = Math.min(from - 1, Math.max(0, first + tap));
      weights[4 * i + tap] = cubic(Math.abs(position - first - tap));
    }
  }
  return { at, weights };
}

/** The kernel of cubic convolution with a = -0.75 at a distance of 0 to 2. */
const cubic = (d: number) => (d <= 1 ? (1.25 * d - 2.25) * d * d + 1 : -0.75 * (((d - 5) * d + 8) * d - 4));

function sumOver({ at, weights }: CubicTaps, i: number, value: (at: number) => number): number {
  let sum = 0;
  for (let tap = 4 * i; tap < 4 * i + 4; tap++) sum += weights[tap]! * value(at[tap]!);
  return sum;
}

const nearest = (from: number, to: number) =>
  Int32Array.from({ length: to }, (_, i) => Math.min(from - 1, Math.floor(((i + 0.5) * from) / to)));

/** Ignores a neighbour of weight 0, so that a NaN does not spread. */
const mix = (a: number, b: number, part: number) => (part === 0 || a === b ? a : a * (1 - part) + b * part);
