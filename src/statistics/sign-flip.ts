import { byPatient, type Observation } from './patients.js';

/** The greatest number of patients for which all signs are tried. */
const ENUMERATED = 14;

/**
 * The two-sided p-value of paired differences whose mean is 0: patients' sums change their sign by chance
 * (Fisher 1935). All signs of up to 14 patients are tried. Of more patients the signs are counted by the sum
 * that they give, on a grid (Pagano, Tritchler 1983): without error where the sums are multiples of the same
 * number, as of hits and misses; else the sum is rounded by a thousandth of its standard deviation, of over a
 * hundred patients by a hundredth. One patient proves nothing: 1.
 */
export function signFlipTest(differences: readonly Observation[]): number {
  const sums = byPatient(differences)
    .map(({ sum }) => sum)
    .filter((sum) => sum !== 0);
  const total = Math.abs(sums.reduce((a, b) => a + b, 0));
  const square = sums.reduce((a, b) => a + b ** 2, 0);
  if (square === 0) return 1;
  if (Number.isNaN(square)) return square;
  if (sums.length > ENUMERATED) return countedOnGrid(sums, Math.sqrt(square));
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

/** The same p-value, by the distribution of the sum, whose random signs give it a standard deviation. */
function countedOnGrid(sums: readonly number[], deviation: number): number {
  const greatest = sums.reduce((most, sum) => Math.max(most, Math.abs(sum)), 0);
  // The rounding of each sum is uniform within a step; multiples of `unit` hold halves, thirds and so on.
  const [unit, error] = sums.length <= 100 ? [2520, 0.001] : [60, 0.01];
  const rounding = (greatest * Math.sqrt(sums.length / 12)) / deviation;
  const steps = unit * Math.ceil(rounding / error / unit);
  const placed = sums.map((sum) => Math.round((sum / greatest) * steps));
  const whole = placed.reduce((a, b) => a + Math.abs(b), 0);
  const total = Math.abs(placed.reduce((a, b) => a + b, 0));
  // The sum is as far from 0 as the given one where those of one sign reach no more than this.
  const most = (whole - total) / 2;
  const shares = new Float64Array(most + 1);
  shares[0] = 1;
  let reach = 0;
  for (const step of placed.map(Math.abs)) {
    reach = Math.min(most, reach + step);
    for (let at = reach; at >= 0; at--)
      shares[at] = (shares[at]! + (at >= step ? shares[at - step]! : 0)) / 2;
  }
  return Math.min(1, 2 * shares.reduce((a, b) => a + b, 0));
}
