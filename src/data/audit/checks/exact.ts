import type { Item } from './audited.js';
import { check, refOf } from './check.js';
import { gravityOf } from './pairs.js';

export const exact = check({
  name: 'exact-duplicates',
  doc: 'The same picture twice, pixel by pixel as far as it can be told at 512 pixels; each is told with the first of its kind.',
  options: {},
  needsPixels: true,
  look({ items }) {
    const firsts = new Map<string, Item>();
    return items.flatMap((item) => {
      if (item.print === undefined) return [];
      const first = firsts.get(item.print.pixels);
      if (first === undefined) {
        firsts.set(item.print.pixels, item);
        return [];
      }
      const { severity, across } = gravityOf(first, item);
      return {
        severity,
        message: `the same picture twice ${across}`,
        images: [refOf(first), refOf(item)],
        score: 1,
      };
    });
  },
});
