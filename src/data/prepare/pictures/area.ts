import type { Raster } from './raster.js';

/** Resamples a raster to `side x side` by area averaging, ignoring its aspect ratio; values in [0, 1]. */
export function averaged({ values, width, height }: Raster, side: number): Float32Array {
  const columns = stretches(width, side);
  const narrow = new Float32Array(side * height);
  for (let y = 0; y < height; y++) {
    for (let j = 0; j < side; j++) {
      const { first, weights } = columns[j]!;
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * values[y * width + first + k]!;
      narrow[y * side + j] = sum;
    }
  }
  const out = new Float32Array(side * side);
  for (const [row, { first, weights }] of stretches(height, side).entries()) {
    for (let k = 0; k < weights.length; k++) {
      const from = (first + k) * side;
      for (let j = 0; j < side; j++) out[row * side + j]! += (weights[k]! * narrow[from + j]!) / 255;
    }
  }
  return out;
}

/** For each of `side` equal intervals: its first pixel and the weights of its pixels. */
function stretches(length: number, side: number): { first: number; weights: Float64Array }[] {
  const pitch = length / side;
  return Array.from({ length: side }, (_, j) => {
    const [from, to] = [j * pitch, (j + 1) * pitch];
    const first = Math.floor(from);
    const count = Math.max(1, Math.ceil(to - 1e-9) - first);
    const weights = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      weights[k] = (Math.min(to, first + k + 1) - Math.max(from, first + k)) / pitch;
    }
    return { first, weights };
  });
}
