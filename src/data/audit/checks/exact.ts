import type { Picture } from './audited.js';
import { check, refOf } from './check.js';
import { gravityOf, ranked } from './pairs.js';

export const exact = check({
  name: 'exact-duplicates',
  doc: 'Pairs of images with equal pixels, compared at up to 512 pixels per side. Each duplicate is paired with its first occurrence. Images without content are ignored.',
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
      const { severity, across, rank } = gravityOf(first, item);
      return {
        rank,
        severity,
        message: `the same picture twice ${across}`,
        images: [refOf(first), refOf(item)],
        score: 1,
      };
    });
    return ranked(pairs);
  },
});
