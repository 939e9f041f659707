import { groupBy } from '../../../base/groups.js';
import { integer } from '../../../base/options.js';
import { checkpoint } from '../../../base/run.js';
import { type Pictured, sharedPart } from '../parts/shared.js';
import { Ballot } from '../parts/votes.js';
import type { Picture } from './audited.js';
import { check, type Finding } from './check.js';
import { areNearlySame } from './near.js';
import { type Pair, pairOf, ranked, remedy } from './pairs.js';

export const cropped = check({
  name: 'cropped-duplicates',
  doc: 'Pairs of images that show the same part of a picture: cut out of it, in the window of a viewer, on a page or a board of several pictures, under lines, boxes or a coloured map, or photographed from a screen; at any scale, as it is, mirrored, turned by right angles, tilted by up to 20 degrees, inverted or equalised. Candidates by places that look alike, confirmed by where they lie and by the correlation of local contrast. Pairs of near-duplicates are named there alone. Images without content, and parts with fewer than 12 places that stand out, are ignored.',
  misses:
    'parts of less than about a quarter of a side, smooth ones, those of one colour channel alone, under a narrow grid, many strong lines, a strong coloured map or strong noise, bent ones, and patterns that look the same turned',
  remedy,
  options: {
    most: integer({ doc: 'Maximum number of images to compare.', min: 2, default: 20_000 }),
  },
  needsPixels: true,
  needsKeypoints: true,
  async look({ pictures }, options, _random, run) {
    const known = pictures.filter(({ print }) => print?.hasContent);
    const shown = known.flatMap((picture) => (isPictured(picture) ? [picture] : []));
    const told: Omit<Finding, 'check'>[] = [];
    const tell = (message: string) => told.push({ severity: 'note', message, images: [] });
    if (shown.length < known.length)
      tell(
        `${known.length - shown.length} images were not compared, as an older version prepared them: run their data prepare again`,
      );
    if (shown.length > options.most) {
      tell(
        `${shown.length} images were not compared, as they are more than ${options.most} (option cropped-duplicates.most)`,
      );
      return told;
    }
    const found: Pair[] = [];
    const step = run.progress.start('comparing parts of pictures', shown.length);
    const ballot = new Ballot(shown.map(({ print }) => print.keypoints));
    for (const [index, b] of shown.entries()) {
      await checkpoint(run);
      for (const [at, votes] of groupBy(ballot.votesOf(b.print.keypoints, index), ({ a }) => a)) {
        const a = shown[at]!;
        if (a.print.pixels === b.print.pixels) continue;
        const part = sharedPart(a.print, b.print, votes);
        if (part === undefined || areNearlySame(a.print, b.print)) continue;
        found.push(pairOf(a, b, { what: 'both pictures show the same part', ...part }));
      }
      step.advance();
    }
    step.done();
    return [...told, ...ranked(found)];
  },
});

const isPictured = (picture: Picture): picture is Picture & { readonly print: Pictured } =>
  picture.print?.keypoints !== undefined;
