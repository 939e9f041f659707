import { byPatient, type Observation } from './patients.js';

/** The greatest number of patients for which all signs are tried. */
const ENUMERATED = 14;

/**
 * The two-sided p-value of paired differences whose mean is 0: patients' sums change their sign by chance
 * (Fisher 1935). All signs of up to 14 patients are tried; of more patients, the sum is taken as normal with
 * the variance that random signs give it. One patient proves nothing: 1.
 */
export function signFlipTest(differences: readonly Observation[]): number {
  const sums = byPatient(differences)
    .map(({ sum }) => sum)
    .filter((sum) => sum !== 0);
  const total = Math.abs(sums.reduce((a, b) => a + b, 0));
  const square = sums.reduce((a, b) => a + b ** 2, 0);
  if (square === 0) return 1;
  if (sums.length > ENUMERATED) return erfc(total / Math.sqrt(2 * square));
  const reached = total - 1e-9 * Math.sqrt(square);
  let count = 0;
  // Gray code: each step changes one sign. The first sign stays, as the test has two sides.
  const signs = sums.map(() => 1);
  let sum = sums.reduce((a, b) => a + b, 0);
  const all = 2 ** (sums.length - 1);
  for (let step = 1; ; step++) {
    if (Math.abs(sum) >= reached) count++;
    if (step === all) return count / all;
    const at = 1 + Math.log2(step & -step);
    signs[at] = -signs[at]!;
    sum += 2 * signs[at]! * sums[at]!;
  }
}

/** Complementary error function with a relative error below 1.2e-7 (Press et al., Numerical Recipes, 6.2). */
function erfc(x: number): number {
  const t = 1 / (1 + x / 2);
  const series = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
    -0.82215223, 0.17087277,
  ].reduceRight((sum, c) => sum * t + c, 0);
  return t * Math.exp(-(x ** 2) + series);
}

/**
 * p-values adjusted so that the chance of any false rejection among them stays below the level that they are
 * compared with (Holm 1979, A simple sequentially rejective multiple test procedure, jstor:4615733).
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const adjusted = Array<number>(values.length);
  let least = 0;
  for (const [rank, i] of order.entries()) {
    least = Math.max(least, Math.min(1, values[i]! * (values.length - rank)));
    adjusted[i] = least;
  }
  return adjusted;
}
