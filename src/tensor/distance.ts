/**
 * The Euclidean distance in pixels of every pixel's centre to that of the nearest pixel that `is` marks;
 * infinite where none is marked. Exact, in time linear in the pixels (Felzenszwalb, Huttenlocher 2012).
 */
export function distanceTo(
  is: (pixel: number) => boolean,
  [height, width]: readonly [number, number],
): Float64Array {
  const squares = Float64Array.from({ length: height * width }, (_, p) => (is(p) ? 0 : Infinity));
  const longer = Math.max(height, width);
  const scratch = {
    line: new Float64Array(longer),
    at: new Int32Array(longer),
    from: new Float64Array(longer + 1),
  };
  for (let x = 0; x < width; x++) lowerEnvelope(squares, x, width, height, scratch);
  for (let y = 0; y < height; y++) lowerEnvelope(squares, y * width, 1, width, scratch);
  return squares.map(Math.sqrt);
}

interface Scratch {
  readonly line: Float64Array;
  /** Positions of the parabolas of the envelope, and where each begins to be the lowest. */
  readonly at: Int32Array;
  readonly from: Float64Array;
}

/** Replaces a line of squared distances `f` by the minimum over `q` of `(p - q)^2 + f(q)`. */
function lowerEnvelope(
  values: Float64Array,
  start: number,
  stride: number,
  length: number,
  { line, at, from }: Scratch,
): void {
  let last = -1;
  for (let q = 0; q < length; q++) {
    const height = values[start + q * stride]!;
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
    values[start + p * stride] = (p - at[k]!) ** 2 + line[at[k]!]!;
  }
}
