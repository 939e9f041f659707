/**
 * Spreads intensities evenly over 0 to 255 by their ranks, so that pictures that differ by a rising curve
 * (brightness, contrast, gamma, a window without clipping) become equal.
 */
export function evenly(values: Uint8Array): Uint8Array {
  const counts = new Float64Array(256);
  for (const value of values) counts[value]! += 1;
  let below = 0;
  const ranks = counts.map((count) => {
    const middle = below + count / 2;
    below += count;
    return Math.round((255 * middle) / values.length);
  });
  return values.map((value) => ranks[value]!);
}
