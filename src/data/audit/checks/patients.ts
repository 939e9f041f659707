import type { Item } from './audited.js';
import { check, refOf } from './check.js';

export const patients = check({
  name: 'patient-across-splits',
  doc: 'The same patient in several splits.',
  options: {},
  needsPixels: false,
  look({ items }) {
    const byPatient = new Map<string, Item[]>();
    for (const item of items) {
      if (item.split === undefined) continue;
      const key = `${item.dataset}/${item.record.patient}`;
      byPatient.set(key, [...(byPatient.get(key) ?? []), item]);
    }
    return [...byPatient.values()].flatMap((of) => {
      const splits = [...new Set(of.map(({ split }) => split!))];
      if (splits.length < 2) return [];
      return {
        severity: 'error' as const,
        message: `${of.length} images of one patient are in ${splits.join(' and ')}`,
        images: of.map((item) => refOf(item)),
      };
    });
  },
});
