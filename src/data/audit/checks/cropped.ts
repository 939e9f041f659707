import { integer, number } from '../../../base/options.js';
import { checkpoint } from '../../../base/run.js';
import { type Print, SMALL_SIDE } from '../../prepare/pictures/print.js';
import { check } from './check.js';
import { ALL, type Crop, cropOf, type Whole, wholeOf } from './crop-of.js';
import { type Pair, pairOf, ranked } from './pairs.js';

/** Pictures with fewer pixels on a side show too little to tell parts of them apart. */
const LEAST_SIDE = 64;
/** From this share of its area on, a picture has no bare edges. */
const BARE = 0.98;
const MIRRORED = 'mirrored left to right';
const NONE = { score: -1, isInverted: false, how: '' };

export const cropped = check({
  name: 'cropped-duplicates',
  doc: 'Pairs of images of which one shows a part of the other, at least half of its width and height, at any scale, as it is, mirrored left to right or inverted, with or without bare edges. Candidates by perceptual hashes of parts, confirmed by the correlation of fine structure where the part fits best. Images without content or below 64 pixels are ignored.',
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
    most: integer({
      doc: 'Maximum number of images to compare; a thousand take some minutes, and twice as many four times as long.',
      min: 2,
      default: 1000,
    }),
  },
  needsPixels: true,
  async look({ pictures }, options, _random, run) {
    const shown = pictures.flatMap((picture) => {
      const views = picture.print === undefined ? [] : viewsOf(picture.print);
      if (views.length === 0) return [];
      return [{ picture, views, mirrored: viewsOf(mirrored(picture.print!)) }];
    });
    if (shown.length > options.most) {
      const message = `${shown.length} images were not compared, as they are more than ${options.most} (option cropped-duplicates.most)`;
      return [{ severity: 'note', message, images: [] }];
    }
    const best = (wholes: readonly Whole[], parts: readonly Whole[], how: string) =>
      cropsOf(wholes, parts, options.bits).map((crop) => ({ ...crop, how }));
    const found: Pair[] = [];
    const step = run.progress.start('comparing parts of pictures', shown.length);
    for (const [index, b] of shown.entries()) {
      for (const [i, a] of shown.slice(0, index).entries()) {
        if (i % 64 === 0) await checkpoint(run);
        if (a.picture.print!.pixels === b.picture.print!.pixels) continue;
        const crops = [
          ...best(a.views, b.views, ''),
          ...best(b.views, a.views, ''),
          ...best(a.views, b.mirrored, MIRRORED),
          ...best(b.views, a.mirrored, MIRRORED),
        ];
        const crop = crops.reduce((one, other) => (other.score > one.score ? other : one), NONE);
        if (crop.score < options.correlation) continue;
        const how = [crop.how, crop.isInverted ? 'inverted' : ''].filter(Boolean).join(', ');
        const what = 'one picture shows a part of the other';
        found.push(pairOf(a.picture, b.picture, { what, how, score: crop.score }));
      }
      step.advance();
    }
    step.done();
    return ranked(found);
  },
});

/** A picture as it is, and within its bare edges where it has some; none where it cannot be compared. */
function viewsOf(print: Print): readonly Whole[] {
  const { small, part, hasContent, width, height } = print;
  if (!hasContent || Math.min(width, height) < LEAST_SIDE) return [];
  const whole = wholeOf(small, ALL, print);
  return part.width * part.height < BARE ? [whole, wholeOf(small, part, print)] : [whole];
}

/** A picture mirrored left to right. */
function mirrored(print: Print): Print {
  const { small, part } = print;
  return {
    ...print,
    small: small.map((_, i) => small[i - 2 * (i % SMALL_SIDE) + SMALL_SIDE - 1]!),
    part: { ...part, x: 1 - part.x - part.width },
  };
}

/** Parts of one picture that are like another, both as they are or within bare edges. */
function cropsOf(wholes: readonly Whole[], parts: readonly Whole[], bits: number): Crop[] {
  const views = Math.max(wholes.length, parts.length);
  return Array.from({ length: views }, (_, i) =>
    cropOf(wholes[i] ?? wholes[0]!, parts[i] ?? parts[0]!, bits),
  ).filter((crop) => crop !== undefined);
}
