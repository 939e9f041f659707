import type { Picture } from './audited.js';
import type { Finding, Severity } from './check.js';

/**
 * Severity of a duplicate pair: an error across splits or data sets, a warning across patients, otherwise a
 * note. `rank` orders pairs: 0 is the worst.
 */
export function gravityOf(a: Picture, b: Picture): { severity: Severity; across: string; rank: number } {
  const differ = (x: unknown, y: unknown) => x !== undefined && y !== undefined && x !== y;
  const isLeak = differ(a.split, b.split);
  if (a.dataset !== b.dataset) {
    const splits = isLeak ? `, ${a.split} and ${b.split}` : '';
    return {
      severity: 'error',
      across: `across ${a.dataset} and ${b.dataset}${splits}`,
      rank: isLeak ? 0 : 1,
    };
  }
  if (isLeak) return { severity: 'error', across: `across ${a.split} and ${b.split}`, rank: 0 };
  if (a.record.patient !== b.record.patient)
    return { severity: 'warning', across: 'under two patients', rank: 2 };
  return { severity: 'note', across: 'of one patient', rank: 3 };
}

/** Pairs by rank, then by descending score. */
export const ranked = (
  pairs: readonly (Omit<Finding, 'check'> & { readonly rank: number })[],
): Omit<Finding, 'check'>[] =>
  [...pairs]
    .sort((a, b) => a.rank - b.rank || (b.score ?? 0) - (a.score ?? 0))
    .map(({ rank: _, ...finding }) => finding);
