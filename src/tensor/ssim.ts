import { extent } from './quantile.js';

const [luminance, contrast] = [0.01, 0.03];

/**
 * The structural similarity of two planes of one shape (Wang, Bovik, Sheikh, Simoncelli 2004), in windows of
 * `window` pixels a side with equal weights and sample covariances, averaged over the windows inside; the
 * dynamic range is that of both planes together. A plane of one row is compared as a signal. NaN where a side
 * is shorter than the window or both planes are one constant.
 */
export function ssim(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  [height, width]: readonly [number, number],
  window = 7,
): number {
  const high = height === 1 ? 1 : window;
  const [rows, columns] = [height - high + 1, width - window + 1];
  if (rows < 1 || columns < 1) return Number.NaN;
  const [one, two] = [extent(a), extent(b)];
  const range = Math.max(one.high, two.high) - Math.min(one.low, two.low);
  const [c1, c2] = [(luminance * range) ** 2, (contrast * range) ** 2];
  const size = high * window;
  let total = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
      for (let i = y; i < y + high; i++) {
        for (let p = i * width + x; p < i * width + x + window; p++) {
          const [u, v] = [a[p]!, b[p]!];
          sa += u;
          sb += v;
          saa += u * u;
          sbb += v * v;
          sab += u * v;
        }
      }
      const [ma, mb] = [sa / size, sb / size];
      const unbiased = size / (size - 1);
      const [va, vb] = [unbiased * (saa / size - ma * ma), unbiased * (sbb / size - mb * mb)];
      const cov = unbiased * (sab / size - ma * mb);
      total += ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
    }
  }
  return total / (rows * columns);
}
