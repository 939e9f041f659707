import { webAssembly } from './webassembly.js';

/** What assembly/gaussian.ts exports. */
interface Convolution {
  readonly memory: WebAssembly.Memory;
  readonly plane: WebAssembly.Global;
  readonly kernel: WebAssembly.Global;
  makeRoom(height: number, width: number, radius: number): void;
  convolve(height: number, width: number, radius: number): void;
}

/** One memory serves all planes: it grows to the largest. */
let made: Convolution | undefined;

/**
 * Convolves a plane `[H, W]` with a Gaussian of standard deviation `sigma` pixels, cut off at two sigma, in
 * 32 bits; beyond the edges the nearest pixel counts.
 */
export function blurPlane(values: Float32Array, height: number, width: number, sigma: number): Float32Array {
  const radius = Math.ceil(2 * sigma);
  const weights = Float32Array.from({ length: radius + 1 }, (_, i) => Math.exp(-(i ** 2) / (2 * sigma ** 2)));
  const sum = weights.reduce((all, weight, i) => all + (i === 0 ? weight : 2 * weight), 0);
  made ??= webAssembly() as Convolution;
  made.makeRoom(height, width, radius);
  const { memory, plane, kernel } = made;
  new Float32Array(memory.buffer, kernel.value, weights.length).set(weights.map((weight) => weight / sum));
  const shared = new Float32Array(memory.buffer, plane.value, values.length);
  shared.set(values);
  made.convolve(height, width, radius);
  return shared.slice();
}
