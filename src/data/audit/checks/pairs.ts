import type { Picture } from './audited.js';
import { type Finding, refOf, type Severity } from './check.js';

/** A pair of pictures that are the same. `rank` orders pairs: 0 is the worst. */
export type Pair = Omit<Finding, 'check'> & { readonly rank: number };

/** What to do about pairs across splits or data sets. */
export const remedy =
  'one patient is in one split: give pictures that belong together the same patient (column patient of a table, or option patient) and prepare again; of pairs across data sets leave one picture out';

/** A pair by `what` its pictures are, and `how` one differs from the other where they do. */
export function pairOf(
  a: Picture,
  b: Picture,
  { what, how = '', score }: { readonly what: string; readonly how?: string; readonly score: number },
): Pair {
  const { severity, across, rank } = gravityOf(a, b);
  const labels = contradiction(a, b);
  const told = [`${what} ${across}`, how, labels].filter((part) => part !== '').join(', ');
  return {
    ...{ rank, score, message: told, images: [refOf(a), refOf(b)] },
    severity: severity === 'note' && labels !== '' ? 'warning' : severity,
  };
}

/** An error across splits or data sets, a warning across patients, otherwise a note. */
function gravityOf(a: Picture, b: Picture): { severity: Severity; across: string; rank: number } {
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

/** What the labels of two pictures of one data set are, where they differ. */
function contradiction(a: Picture, b: Picture): string {
  if (a.dataset !== b.dataset || a.labels === undefined || b.labels === undefined) return '';
  const [one, other] = [a.labels, b.labels].map((labels) => [...labels].sort().join(' + ') || 'nothing');
  return one === other ? '' : `but labelled ${one} and ${other}`;
}

/** Pairs by rank, then by descending score. */
export const ranked = (pairs: readonly Pair[]): Omit<Finding, 'check'>[] =>
  [...pairs]
    .sort((a, b) => a.rank - b.rank || (b.score ?? 0) - (a.score ?? 0))
    .map(({ rank: _, ...finding }) => finding);
