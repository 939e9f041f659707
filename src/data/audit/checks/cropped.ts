import { integer, number } from '../../../base/options.js';
import { checkpoint } from '../../../base/run.js';
import { check } from './check.js';
import { type CropForm, formsOf } from './crop-forms.js';
import { cropOf, type Near, nearOf, type Start, startOf } from './crop-of.js';
import { areNearlySame } from './near.js';
import { type Pair, pairOf, ranked } from './pairs.js';

export const cropped = check({
  name: 'cropped-duplicates',
  doc: 'Pairs of images of which one shows a part of the other, at least half of its width and height, at any scale, as it is, mirrored, turned by right angles, tilted by a few degrees or inverted, with or without bare edges. Candidates by perceptual hashes of parts, confirmed by the correlation of fine structure where the part fits best. Pairs of near-duplicates are theirs alone. Images without content or fine detail, or below 64 pixels, are ignored.',
  misses:
    'parts below half of a side, those that were equalised place by place and mirrored, photographed from a screen, or cut and set in the window of a viewer',
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
      doc: 'Maximum number of images to compare; a thousand take about an hour of processor time, and twice as many four times as long.',
      min: 2,
      default: 1000,
    }),
  },
  needsPixels: true,
  async look({ pictures }, options, _random, run) {
    const shown = pictures.flatMap((picture) => {
      const forms = picture.print === undefined ? [] : formsOf(picture.print);
      return forms.length === 0 ? [] : [{ picture, forms }];
    });
    if (shown.length > options.most) {
      const message = `${shown.length} images were not compared, as they are more than ${options.most} (option cropped-duplicates.most)`;
      return [{ severity: 'note', message, images: [] }];
    }
    const found: Pair[] = [];
    const step = run.progress.start('comparing parts of pictures', shown.length);
    for (const [index, b] of shown.entries()) {
      for (const [i, a] of shown.slice(0, index).entries()) {
        if (i % 64 === 0) await checkpoint(run);
        if (a.picture.print!.pixels === b.picture.print!.pixels) continue;
        const near = (looks: Looks) => [
          ...nearOfForms(a.forms, b.forms, looks, options.bits),
          ...nearOfForms(b.forms, a.forms, looks, options.bits),
        ];
        const upright = likestOf(startsOf(near('upright')));
        const crop = upright.score < options.correlation ? likestOf(hopeful(near('turned'))) : upright;
        if (crop.score < options.correlation) continue;
        if (areNearlySame(a.picture.print!, b.picture.print!)) continue;
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

type Looks = 'upright' | 'turned';
type Named<T> = T & { readonly how: string };

/** Where looks of pictures may be parts of others, both as they are or within bare edges. */
function nearOfForms(
  wholes: readonly CropForm[],
  parts: readonly CropForm[],
  looks: Looks,
  bits: number,
): readonly Named<Near>[] {
  return Array.from({ length: Math.max(wholes.length, parts.length) }, (_, i) => {
    const { whole } = wholes[i] ?? wholes[0]!;
    const part = parts[i] ?? parts[0]!;
    return part[looks].map(({ how, view }) => ({ how, ...nearOf(whole, view, bits) }));
  }).flat();
}

const startsOf = (near: readonly Named<Near>[]): readonly Named<Start>[] =>
  near.flatMap(({ how, ...places }) => {
    const start = startOf(places);
    return start === undefined ? [] : [{ how, ...start }];
  });

/** So many turned looks whose hashes are nearest are compared roughly, and so many of those finely. */
const MOST = { roughly: 8, finely: 2 };

/** The few of many turned looks that are worth a finer comparison. */
function hopeful(near: readonly Named<Near>[]): readonly Named<Start>[] {
  const nearest = near
    .filter(({ places }) => places.length > 0)
    .sort((a, b) => a.places[0]!.far - b.places[0]!.far)
    .slice(0, MOST.roughly);
  return [...startsOf(nearest)].sort((a, b) => b.score - a.score).slice(0, MOST.finely);
}

const NONE = { score: -1, isInverted: false, how: '' };

/** The part that is most like what it is compared with; of score -1 where none is. */
const likestOf = (starts: readonly Named<Start>[]) =>
  starts
    .map((start) => ({ ...NONE, ...cropOf(start), how: start.how }))
    .reduce((one, other) => (other.score > one.score ? other : one), NONE);
