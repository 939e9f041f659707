import { integer, number } from '../../../base/options.js';
import { checkpoint } from '../../../base/run.js';
import { check, refOf } from './check.js';
import { cropOf, type Whole, wholeOf } from './crop-of.js';
import { gravityOf, ranked } from './pairs.js';

/** Pictures with fewer pixels on a side show too little to tell parts of them apart. */
const LEAST_SIDE = 64;

export const cropped = check({
  name: 'cropped-duplicates',
  doc: 'Pairs of images of which one shows a part of the other, at least half of its width and height, at any scale. Candidates by perceptual hashes of parts, confirmed by the correlation of fine structure where the part fits best. Images without content or below 64 pixels are ignored.',
  options: {
    bits: integer({
      doc: 'Maximum number of differing bits, of 64, in the hashes of candidates.',
      min: 0,
      max: 32,
      default: 12,
    }),
    correlation: number({
      doc: 'Minimum correlation that confirms a candidate.',
      min: 0,
      max: 1,
      default: 0.92,
    }),
  },
  needsPixels: true,
  async look({ pictures }, options, _random, run) {
    const shown = pictures.flatMap((picture) => {
      const { print } = picture;
      const isTold = print?.small && print.hasContent && Math.min(print.width, print.height) >= LEAST_SIDE;
      return isTold ? [{ picture, whole: wholeOf(print.small!, print) }] : [];
    });
    const found: Parameters<typeof ranked>[0][number][] = [];
    const step = run.progress.start('comparing parts of pictures', shown.length);
    for (const [index, b] of shown.entries()) {
      for (const [i, a] of shown.slice(0, index).entries()) {
        if (i % 64 === 0) await checkpoint(run);
        if (a.picture.print!.pixels === b.picture.print!.pixels) continue;
        const score = Math.max(either(a.whole, b.whole), either(b.whole, a.whole));
        if (score < options.correlation) continue;
        const { severity, across, rank } = gravityOf(a.picture, b.picture);
        const message = `one picture shows a part of the other ${across}`;
        found.push({ rank, severity, message, images: [refOf(a.picture), refOf(b.picture)], score });
      }
      step.advance();
    }
    step.done();
    return ranked(found);

    function either(whole: Whole, part: Whole): number {
      return cropOf(whole, part, options.bits) ?? 0;
    }
  },
});
