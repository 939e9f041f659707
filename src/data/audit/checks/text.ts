import { integer } from '../../../base/options.js';
import { check, refOf } from './check.js';

export const burnedText = check({
  name: 'burned-in-text',
  doc: 'Bright shapes like letters near the border, which may name a patient, a side or a hospital, and which a classifier may learn instead of the disease. A heuristic: look at the contact sheet.',
  options: { letters: integer({ doc: 'The fewest shapes that are told.', min: 1, default: 1 }) },
  needsPixels: true,
  look({ items }, options) {
    return items.flatMap((item) => {
      const glyphs = item.print?.glyphs ?? [];
      if (glyphs.length < options.letters) return [];
      return {
        severity: 'warning' as const,
        message: `${glyphs.length} ${glyphs.length === 1 ? 'shape' : 'shapes'} like letters near the border`,
        images: [refOf(item, glyphs)],
        score: glyphs.length,
      };
    });
  },
});
