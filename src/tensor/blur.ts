import { inputError } from '../base/errors.js';
import { sizeOf, type Tensor } from './tensor.js';

/**
 * Convolves the last two axes `[..., H, W]`, or so many as `axes` says, with a Gaussian of standard deviation
 * `sigma` pixels, cut off at four sigma; edges are mirrored (`d c b a | a b c d | d c b a`). Copies where
 * `sigma` is 0.
 */
export function gaussianBlur(image: Tensor, sigma: number, axes = 2): Tensor {
  const { shape } = image;
  if (shape.length < axes) {
    throw inputError(`an image to blur has the shape [..., H, W]; this one has [${shape}]`);
  }
  if (!(sigma >= 0 && sigma < Infinity))
    throw inputError(`a blur's sigma is at least 0; this one is ${sigma}`);
  if (sigma === 0 || image.data.length === 0) return { data: image.data.slice(), shape };
  const kernel = gaussianKernel(sigma);
  const data = new Float32Array(image.data.length);
  const values = new Float64Array(sizeOf(shape.slice(-axes)));
  for (let from = 0; from < data.length; from += values.length) {
    values.set(image.data.subarray(from, from + values.length));
    for (let axis = shape.length - axes; axis < shape.length; axis++)
      blurAlong(values, shape[axis]!, sizeOf(shape.slice(axis + 1)), kernel);
    data.set(values, from);
  }
  return { data, shape };
}

/** Convolves values `[..., length, inner]` along the middle axis. */
function blurAlong(values: Float64Array, length: number, inner: number, kernel: Float64Array): void {
  const sources = mirrored(length, kernel.length);
  const radius = kernel.length >> 1;
  const end = radius + length;
  // A line with its mirrored ends, and up to three more: four pixels are summed at a time.
  const line = new Float64Array(sources.length + 3);
  const sums = new Float64Array(length + 3);
  for (let from = 0; from < values.length; from += length * inner) {
    for (let first = from; first < from + inner; first++) {
      for (let i = 0; i < length; i++) line[radius + i] = values[first + i * inner]!;
      for (let p = 0; p < radius; p++) {
        line[p] = line[radius + sources[p]!]!;
        line[end + p] = line[radius + sources[end + p]!]!;
      }
      convolve(line, kernel, length, sums);
      for (let i = 0; i < length; i++) values[first + i * inner] = sums[i]!;
    }
  }
}

/**
 * Writes the sums of each of `count` pixels' window of a line, weighted by the kernel. It is symmetric, so
 * that the two pixels at a distance are added before they are weighted.
 */
function convolve(line: Float64Array, kernel: Float64Array, count: number, sums: Float64Array): void {
  const radius = kernel.length >> 1;
  for (let i = 0; i < count; i += 4) {
    const middle = kernel[radius]!;
    const at = i + radius;
    // Plain declarations: an array that is taken apart is allocated for every four pixels.
    let p = line[at]!;
    let q = line[at + 1]!;
    let r = line[at + 2]!;
    let s = line[at + 3]!;
    let u = p;
    let v = q;
    let w = r;
    let x = s;
    let a = middle * p;
    let b = middle * q;
    let c = middle * r;
    let d = middle * s;
    for (let k = 1; k <= radius; k++) {
      const weight = kernel[radius + k]!;
      s = r;
      r = q;
      q = p;
      p = line[at - k]!;
      u = v;
      v = w;
      w = x;
      x = line[at + k + 3]!;
      a += weight * (p + u);
      b += weight * (q + v);
      c += weight * (r + w);
      d += weight * (s + x);
    }
    sums[i] = a;
    sums[i + 1] = b;
    sums[i + 2] = c;
    sums[i + 3] = d;
  }
}

/**
 * The Gaussian blur of a line of `length` pixels with mirrored ends, as the weights `f` of the distances
 * modulo `2 length`: pixel j counts `f[|i - j|] + f[i + j + 1]` in pixel i.
 */
export function foldedGaussian(sigma: number, length: number): Float32Array {
  const kernel = sigma === 0 ? [1] : gaussianKernel(sigma);
  const [radius, period] = [(kernel.length - 1) / 2, 2 * length];
  const folded = new Float64Array(period);
  for (const [k, weight] of kernel.entries()) {
    folded[(((k - radius) % period) + period) % period]! += weight;
  }
  return new Float32Array(folded);
}

/** Weights at `-r .. r` with `r` four sigma rounded; they sum to 1. */
export function gaussianKernel(sigma: number): Float64Array {
  const radius = Math.floor(4 * sigma + 0.5);
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  return kernel.map((weight) => weight / total);
}

/** Source position of tap `p - radius` on a line of `length` pixels with mirrored ends. */
function mirrored(length: number, taps: number): Int32Array {
  const radius = (taps - 1) / 2;
  return Int32Array.from({ length: length + taps - 1 }, (_, p) => {
    const period = 2 * length;
    const at = (((p - radius) % period) + period) % period;
    return at < length ? at : period - 1 - at;
  });
}
