import { normalTails } from './distributions.js';
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
  if (Number.isNaN(square)) return square;
  if (sums.length > ENUMERATED) return normalTails(total / Math.sqrt(square));
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
