import { mean } from './bootstrap.js';
import { normalQuantile } from './distributions.js';

/** Fewer cannot reach 5 % by a two-sided test of signs or signed ranks, however alike they are. */
const FEWEST = 6;

/**
 * The number of subjects by which a paired test at 5 % finds a mean difference of this size with a power of
 * 80 %, by the normal approximation, and at least as many as a rank test takes; null where there is none.
 */
export function subjectsNeeded(differences: readonly number[]): number | null {
  const centre = mean(differences);
  const variance =
    differences.reduce((sum, d) => sum + (d - centre) ** 2, 0) / Math.max(1, differences.length - 1);
  if (centre === 0) return null;
  return Math.max(
    FEWEST,
    Math.ceil((variance * (normalQuantile(0.975) + normalQuantile(0.8)) ** 2) / centre ** 2),
  );
}

/**
 * What a study of `subjects` can say of two methods that it does not tell apart, in a sentence. The number
 * needed is rounded to two digits, as the estimate knows no more.
 */
export function powerText(
  subjects: number,
  what: string,
  a: string,
  b: string,
  needed: number | null,
): string {
  const cannot = `${subjects} ${what} cannot tell ${a} from ${b}`;
  if (needed === null) return `${cannot}: their mean scores are equal`;
  const digit = 10 ** Math.max(0, Math.floor(Math.log10(needed)) - 1);
  const about = Math.ceil(needed / digit) * digit;
  // The normal approximation can ask for fewer than a corrected rank test had.
  return about <= subjects
    ? `${cannot} after the correction for all comparisons; a study of these two alone could`
    : `${cannot}; about ${about} would`;
}
