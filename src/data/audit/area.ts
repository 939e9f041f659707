import type { Raster } from './raster.js';

/** A raster averaged over areas to `side x side`, proportions not kept; values in [0, 1]. */
export function averaged({ values, width, height }: Raster, side: number): Float32Array {
  const narrow = new Float32Array(side * height);
  for (let y = 0; y < height; y++) {
    for (let j = 0; j < side; j++) {
      narrow[y * side + j] = meanOf(
        (x) => values[y * width + x]!,
        (j * width) / side,
        ((j + 1) * width) / side,
      );
    }
  }
  return Float32Array.from({ length: side * side }, (_, i) => {
    const [row, j] = [Math.floor(i / side), i % side];
    return meanOf((y) => narrow[y * side + j]!, (row * height) / side, ((row + 1) * height) / side) / 255;
  });
}

/** The mean over a stretch whose ends may lie within pixels. */
function meanOf(at: (index: number) => number, from: number, to: number): number {
  let sum = 0;
  for (let i = Math.floor(from); i < to - 1e-9; i++) sum += at(i) * (Math.min(to, i + 1) - Math.max(from, i));
  return sum / (to - from);
}
