import { integer } from '../../../base/options.js';
import { check, refOf } from './check.js';

export const burnedText = check({
  name: 'burned-in-text',
  doc: 'Shapes like letters near the border: white on a dark ground, or words in white or black. They may identify a patient, a side or a hospital, and a classifier may learn them instead of the disease. A heuristic: check the contact sheet.',
  misses:
    'letters in the centre, single ones on a grey ground, handwriting, and those that are thin or lower than five pixels at the size of the set: audit its files (NAME=ROOT) or a larger set',
  options: { letters: integer({ doc: 'Minimum number of shapes to report.', min: 1, default: 1 }) },
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
