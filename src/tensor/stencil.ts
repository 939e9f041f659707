/**
 * A symmetric positive system over some pixels of a grid, each linked with its eight neighbours:
 * `diagonal[p] x[p] - sum(link x[q])`. Arrays have a border of zeros: pixel (y, x) is at
 * `(y + 1) * stride + x + 1`. Outside the system all is 0.
 */
export interface Stencil {
  readonly height: number;
  readonly width: number;
  readonly stride: number;
  readonly runs: Runs;
  readonly diagonal: Float64Array;
  /** The links with the neighbours to the right and below. */
  readonly right: Float64Array;
  readonly below: Float64Array;
  readonly belowRight: Float64Array;
  readonly belowLeft: Float64Array;
}

/**
 * The pixels of a system, in ascending order: those of a row without a gap, each from a start to before an
 * end.
 */
export interface Runs {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  count: number;
  pixels: number;
}

/** The memory of a system on a grid, which has one more row and column that coarser grids reach into. */
export function stencil(height: number, width: number): Stencil {
  const stride = width + 3;
  const zeros = () => new Float64Array(stride * (height + 3));
  const most = height * Math.ceil(width / 2);
  return {
    height,
    width,
    stride,
    runs: { starts: new Int32Array(most), ends: new Int32Array(most), count: 0, pixels: 0 },
    diagonal: zeros(),
    right: zeros(),
    below: zeros(),
    belowRight: zeros(),
    belowLeft: zeros(),
  };
}

/** Writes the runs of the pixels whose diagonal is positive. */
export function findRuns({ height, width, stride, diagonal, runs }: Stencil): void {
  const { starts, ends } = runs;
  let [count, pixels] = [0, 0];
  for (let y = 1; y <= height; y++) {
    const end = y * stride + width + 1;
    for (let p = y * stride + 1; p < end; p++) {
      if (!(diagonal[p]! > 0)) continue;
      starts[count] = p;
      while (diagonal[p]! > 0) p++;
      ends[count] = p;
      pixels += p - starts[count++]!;
    }
  }
  runs.count = count;
  runs.pixels = pixels;
}
