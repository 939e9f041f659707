import type { Tensor } from './tensor.js';

/**
 * The Euclidean distance of every pixel's centre to that of the nearest pixel of a mask `[H, W]` that is not
 * zero; infinite where there is none. In pixels, or in the unit of `spacing`: from one row to the next, and
 * from one column to the next. Exact, in time linear in the pixels (Felzenszwalb, Huttenlocher 2012).
 */
export function distanceTo(
  { data, shape }: Tensor<Uint8Array>,
  [down, across]: readonly [number, number] = [1, 1],
): Float64Array {
  const [height, width] = shape as readonly [number, number];
  const found = alongColumns(data, height, width);
  // In columns' widths, and back.
  scale(found, down / across);
  const scratch = {
    line: new Float64Array(width),
    at: new Int32Array(width),
    from: new Float64Array(width + 1),
  };
  for (let start = 0; start < found.length; start += width) alongRow(found, start, width, scratch);
  scale(found, across);
  return found;
}

function scale(values: Float64Array, by: number): void {
  if (by !== 1) for (let p = 0; p < values.length; p++) values[p]! *= by;
}

/** The distance of each pixel to the nearest marked one of its column. */
function alongColumns(marked: Uint8Array, height: number, width: number): Float64Array {
  const far = new Float64Array(height * width);
  for (let p = 0; p < far.length; p++)
    far[p] = marked[p] !== 0 ? 0 : p < width ? Infinity : far[p - width]! + 1;
  for (let p = far.length - width - 1; p >= 0; p--) {
    const below = far[p + width]! + 1;
    if (below < far[p]!) far[p] = below;
  }
  return far;
}

interface Scratch {
  readonly line: Float64Array;
  /** Positions of the parabolas of the lower envelope, and where each begins to be the lowest. */
  readonly at: Int32Array;
  readonly from: Float64Array;
}

/** Replaces the distances `d` of a row by the minimum over `q` of the root of `(p - q)^2 + d(q)^2`. */
function alongRow(values: Float64Array, start: number, length: number, { line, at, from }: Scratch): void {
  let last = -1;
  for (let q = 0; q < length; q++) {
    const height = values[start + q]! ** 2;
    line[q] = height;
    if (height === Infinity) continue;
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
  if (last < 0) return;
  from[last + 1] = Infinity;
  for (let p = 0, k = 0; p < length; p++) {
    while (from[k + 1]! < p) k++;
    const q = at[k]!;
    values[start + p] = Math.sqrt((p - q) * (p - q) + line[q]!);
  }
}
