import type { Picture } from './audited.js';
import { check } from './check.js';
import { pairOf, ranked, remedy } from './pairs.js';

export const exact = check({
  name: 'exact-duplicates',
  doc: 'Pairs of images with equal pixels, compared at up to 512 pixels per side. Each duplicate is paired with its first occurrence. Images without content are ignored.',
  remedy,
  options: {},
  needsPixels: true,
  look({ pictures }) {
    const firsts = new Map<string, Picture>();
    const pairs = pictures.flatMap((item) => {
      if (!item.print?.hasContent) return [];
      const first = firsts.get(item.print.pixels);
      if (first === undefined) {
        firsts.set(item.print.pixels, item);
        return [];
      }
      return pairOf(first, item, { what: 'the same picture twice', score: 1 });
    });
    return ranked(pairs);
  },
});
