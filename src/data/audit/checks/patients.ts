import { groupBy } from '../../../base/groups.js';
import { counted } from '../../../base/names.js';
import type { Item } from './audited.js';
import { check, type Finding, refOf } from './check.js';

export const patients = check({
  name: 'patient-across-splits',
  doc: 'The same patient in several splits, and identifiers of patients that several data sets share.',
  options: {},
  needsPixels: false,
  look({ items }) {
    const byPatient = groupBy(
      items.filter((item) => item.split !== undefined),
      (item) => `${item.dataset}/${item.record.patient}`,
    );
    const shared = sharedBySets(items);
    const split = [...byPatient.values()].flatMap((of) => {
      const splits = [...new Set(of.map(({ split }) => split!))];
      if (splits.length < 2) return [];
      return {
        severity: 'error' as const,
        message: `${of.length} ${of[0]!.unit ?? 'image'}s of one patient are in ${splits.join(' and ')}`,
        images: of.map((item) => refOf(item)),
      };
    });
    return [...split, ...shared];
  },
});

/** For two data sets with equal identifiers, how many; an image that is its own patient states none. */
function sharedBySets(items: readonly Item[]): Omit<Finding, 'check'>[] {
  const stated = items.filter(({ record }) => record.patient !== record.id);
  const sets = [...groupBy(stated, ({ dataset }) => dataset)];
  return sets.flatMap(([name, own], i) =>
    sets.slice(i + 1).flatMap(([other, theirs]) => {
      const first = new Map(own.map((item) => [item.record.patient, item]));
      const pairs = [...new Map(theirs.map((item) => [item.record.patient, item]))].flatMap(([id, item]) =>
        first.has(id) ? [[first.get(id)!, item]] : [],
      );
      if (pairs.length === 0) return [];
      return {
        severity: 'warning' as const,
        message: `${counted(pairs.length, 'identifier')} of patients ${pairs.length === 1 ? 'is' : 'are'} in both ${name} and ${other}: the same patients, if both sets number them alike`,
        images: pairs.flat().map((item) => refOf(item)),
      };
    }),
  );
}
