import { integer, number } from '../../../base/options.js';
import { checkpoint } from '../../../base/run.js';
import { hasDetail } from '../../prepare/pictures/detail.js';
import type { Print } from '../../prepare/pictures/print.js';
import { check } from './check.js';
import { bestLikeness, type Compared, comparedAs } from './compared.js';
import { type Pair, pairOf, ranked, remedy } from './pairs.js';

const usual = { bits: 14, correlation: 0.88 };

/** Whether two pictures are nearly the same, by the usual options of `near-duplicates`. */
export const areNearlySame = (a: Print, b: Print): boolean =>
  bestLikeness(comparedAs(a), comparedAs(b), usual.bits, usual.correlation).score >= usual.correlation;

export const near = check({
  name: 'near-duplicates',
  doc: 'Pairs of nearly equal images: rescaled, recompressed, of other brightness, contrast or gamma, equalised as a whole or place by place, one channel of a photograph, one of several pictures on it, with a label, bars or a shutter on them, mirrored, turned by right angles, tilted by up to five degrees or inverted, with or without bare edges. Candidates by perceptual hash, confirmed by the correlation of local contrast in most of the picture. Images without content or fine detail are ignored.',
  misses:
    'copies in the window of a viewer, under a coloured map or many lines, among others without a line between them or photographed, of which cropped-duplicates finds most, those with bent places, and channels too dark to show detail',
  remedy,
  options: {
    bits: integer({
      doc: 'Maximum number of differing bits, of 64, in the hashes of candidates.',
      min: 0,
      max: 32,
      default: usual.bits,
    }),
    correlation: number({
      doc: 'Minimum correlation that confirms a candidate.',
      min: 0,
      max: 1,
      default: usual.correlation,
    }),
  },
  needsPixels: true,
  async look({ pictures: items }, options, _random, run) {
    const found: Pair[] = [];
    const forms: Compared[] = [];
    for (const [index, b] of items.entries()) {
      if (index % 256 === 0) await checkpoint(run);
      if (!b.print?.hasContent || !hasDetail(b.print)) continue;
      const own = comparedAs(b.print);
      forms[index] = own;
      for (let i = 0; i < index; i++) {
        const a = items[i]!;
        const others = forms[i];
        if (others === undefined || a.print?.pixels === b.print.pixels) continue;
        const likeness = bestLikeness(others, own, options.bits, options.correlation);
        if (likeness.score < options.correlation) continue;
        found.push(pairOf(a, b, { what: 'nearly the same picture twice', ...likeness }));
      }
    }
    return ranked(found);
  },
});
