import type { Tensor } from './tensor.js';

/**
 * The Euclidean distance of pixels, given by their indices in ascending order, to the nearest pixel of a mask
 * `[H, W]` that is not zero, from centre to centre; infinite where there is none. In pixels, or in the unit
 * of `spacing`: from one row to the next, and from one column to the next. Exact, in time linear in the
 * pixels (Felzenszwalb, Huttenlocher 2012); a row that holds none of the given pixels is passed over.
 */
export function distancesAt(
  pixels: ArrayLike<number>,
  { data, shape }: Tensor<Uint8Array>,
  [down, across]: readonly [number, number] = [1, 1],
): Float64Array {
  const [height, width] = shape as readonly [number, number];
  const steps = alongColumns(data, height, width);
  const found = new Float64Array(pixels.length);
  const envelope: Envelope = {
    line: new Float64Array(width),
    at: new Int32Array(width),
    from: new Float64Array(width),
  };
  for (let i = 0; i < pixels.length; ) {
    const start = pixels[i]! - (pixels[i]! % width);
    // In columns' widths.
    const count = lowest(envelope, steps, start, width, down / across);
    for (let k = 0; i < pixels.length && pixels[i]! < start + width; i++) {
      const p = pixels[i]! - start;
      while (k + 1 < count && envelope.from[k + 1]! < p) k++;
      const q = envelope.at[k]!;
      found[i] = count === 0 ? Infinity : across * Math.sqrt((p - q) * (p - q) + envelope.line[q]!);
    }
  }
  return found;
}

/** Where no pixel of a column is marked; more than any number of rows. */
const NONE = 2 ** 30;

/** The number of rows from each pixel to the nearest marked one of its column. */
function alongColumns(marked: Uint8Array, height: number, width: number): Int32Array {
  const steps = new Int32Array(height * width);
  for (let p = 0; p < steps.length; p++)
    steps[p] = marked[p] !== 0 ? 0 : p < width ? NONE : steps[p - width]! + 1;
  for (let p = steps.length - width - 1; p >= 0; p--) {
    const below = steps[p + width]! + 1;
    if (below < steps[p]!) steps[p] = below;
  }
  return steps;
}

/** The lower envelope of a row's parabolas `(p - q)^2 + line(q)`. */
interface Envelope {
  readonly line: Float64Array;
  /** Positions of its parabolas, and where each begins to be the lowest. */
  readonly at: Int32Array;
  readonly from: Float64Array;
}

/** Fills the envelope of the row that begins at `start`; returns the number of its parabolas. */
function lowest(
  { line, at, from }: Envelope,
  steps: Int32Array,
  start: number,
  length: number,
  scale: number,
): number {
  let last = -1;
  for (let q = 0; q < length; q++) {
    if (steps[start + q]! >= NONE) continue;
    const far = steps[start + q]! * scale;
    const height = far * far;
    line[q] = height;
    let crossing = -Infinity;
    while (last >= 0) {
      const before = at[last]!;
      crossing = (height + q * q - (line[before]! + before * before)) / (2 * (q - before));
      if (crossing > from[last]!) break;
      last--;
    }
    at[++last] = q;
    from[last] = last === 0 ? -Infinity : crossing;
  }
  return last + 1;
}
