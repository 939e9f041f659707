import type { Item } from './audited.js';
import type { Severity } from './check.js';

/**
 * How bad it is that two images are the same: across splits most, across patients or data sets too, else to
 * be known.
 */
export function gravityOf(a: Item, b: Item): { severity: Severity; across: string } {
  const differ = (x: unknown, y: unknown) => x !== undefined && y !== undefined && x !== y;
  if (a.dataset !== b.dataset) return { severity: 'error', across: `across ${a.dataset} and ${b.dataset}` };
  if (differ(a.split, b.split)) return { severity: 'error', across: `across ${a.split} and ${b.split}` };
  if (a.record.patient !== b.record.patient) return { severity: 'warning', across: 'under two patients' };
  return { severity: 'note', across: 'of one patient' };
}
