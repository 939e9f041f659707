import { choice, integer, number } from '../../base/options.js';
import { isUnsaid } from '../formats/nothing.js';
import type { Rectangle } from '../geometry/frame.js';
import { areaOf, intersection } from '../geometry/points.js';
import type { Box, ImageRecord } from '../record.js';
import { counter } from './counts.js';
import { chosenFinding, findingOption, hasArea, UNTOLD } from './findings.js';
import { type Candidate, chooseNegatives, negativesOptions } from './negatives.js';
import { aroundUnboxed } from './outlined.js';
import { shownShare } from './places.js';
import { type Recipe, reformulation } from './reformulation.js';
import { unshown } from './unshown.js';
import { wholeOf } from './whole.js';

export const tiles = reformulation({
  name: 'tiles',
  doc: 'Whether a tile of an image shows one finding. A tile is positive where it shows enough of a box, or enough annotated pixels.',
  needsSize: true,
  options: {
    finding: findingOption,
    size: integer({ doc: "A tile's side in original pixels.", min: 8, max: 8192, default: 160 }),
    overlap: number({
      doc: 'Overlap of neighbouring tiles as a share of the side. With more of it, tiles show more of what lies across their edges.',
      min: 0,
      max: 0.9,
      default: 0,
    }),
    coverage: number({
      doc: 'Minimum share of a box in a positive tile; for a box larger than the tile, minimum share of the tile.',
      min: 0.01,
      max: 1,
      default: 0.5,
    }),
    extent: number({
      doc: 'Minimum annotated share of a positive tile, where the finding is annotated by pixels without a box.',
      min: 0.00001,
      max: 1,
      default: 0.002,
    }),
    partial: choice(['drop', 'negative'], {
      doc: 'Use of tiles that show less of the finding than a positive tile.',
      default: 'drop',
    }),
    tissue: number({
      doc: 'Minimum share of a negative tile that is neither black nor white, nor the bare ground of a stained slide, nor air around the body in a CT slice. Others are too easy and are left out; 0 keeps them.',
      min: 0,
      max: 1,
      default: 0.05,
    }),
    ...negativesOptions,
  },
  needsTissue: ({ tissue }) => tissue > 0,
  needsMarks: (archive, { finding }) => [chosenFinding(archive, finding)],
  reformulate(archive, options, random, marked, tissue) {
    const finding = chosenFinding(archive, options.finding);
    const classes = [`no ${finding}`, finding];
    const counts = counter(classes);
    const negatives: Candidate[] = [];
    const positives = new Set<Recipe>();
    const recipes: Recipe[] = [];
    for (const record of archive.records) {
      const wanted = record.boxes.filter((box) => box.label === finding);
      const boxes = wanted.filter(hasArea);
      counts.add('boxes without area', wanted.length - boxes.length);
      const outlines = record.regions.filter(({ label }) => label === finding);
      const byPixels = boxes.length === 0 && outlines.length > 0;
      if (boxes.length === 0 && !byPixels && record.findings?.includes(finding)) {
        counts.add('images left out: the finding has no place');
        continue;
      }
      if (record.annotated === false && boxes.length === 0 && !byPixels && !deniedBy(record, finding)) {
        counts.add(UNTOLD);
        continue;
      }
      const { width, height } = wholeOf(record);
      if (Math.min(width, height) < options.size)
        counts.add('images smaller than a tile, whose tiles end with them');
      const unboxed = byPixels ? [wholeOf(record)] : aroundUnboxed({ boxes, regions: outlines }, height);
      const shown: Rectangle[] = [];
      const unknown = record.boxes.filter(({ label }) => isUnsaid(label) && label !== finding);
      for (const crop of grid(record, options.size, options.overlap)) {
        const boxed = Math.max(0, ...boxes.map((box) => shownShare(box, crop)));
        const pixels = unboxed.reduce((sum, place) => {
          const shown = intersection(place, crop);
          return sum + (shown ? (marked(record, finding, shown) ?? 0) : 0);
        }, 0);
        const positive = boxed >= options.coverage || pixels / areaOf(crop) >= options.extent;
        if (!positive && boxed + pixels > 0) {
          counts.add(options.partial === 'drop' ? 'partial tiles left out' : 'partial tiles as negatives');
          if (options.partial === 'drop') continue;
        }
        if (!positive && options.tissue > 0 && (tissue(record, crop) ?? 1) < options.tissue) {
          counts.add('negative tiles without tissue left out');
          continue;
        }
        if (!positive && unknown.some((box) => shownShare(box, crop) > 0)) {
          counts.add('negative tiles left out: nobody said what they show');
          continue;
        }
        const recipe: Recipe = {
          id: `${record.id}@${crop.x},${crop.y}`,
          record,
          crop,
          labels: [positive ? 1 : 0],
          boxes: positive ? boxes.flatMap((box) => clipped(box, crop)) : [],
          regions: positive ? outlines : [],
        };
        recipes.push(recipe);
        if (positive) {
          positives.add(recipe);
          shown.push(crop);
        } else
          negatives.push({
            recipe,
            showsOther: record.boxes.some((b) => hasArea(b) && shownShare(b, crop) > 0),
          });
      }
      const outlined = byPixels ? (marked.parts?.(record, finding) ?? []) : unboxed;
      const places = { boxes, outlined };
      const hidden = unshown(places, shown, options.coverage, (place) => marked(record, finding, place) ?? 0);
      if (hidden > 0) {
        counts.add(`places of ${finding} of which no positive tile shows enough`, hidden);
        counts.add('images with such places');
      }
    }
    const chosen = chooseNegatives(negatives, positives.size, options, random, counts);
    counts.add(classes[0]!, chosen.size);
    counts.add(classes[1]!, positives.size);
    const kept = recipes.filter((recipe) => positives.has(recipe) || chosen.has(recipe));
    return { classes, multiLabel: false, recipes: kept, counts: counts.counts };
  },
});

/** Whether the image's list of findings excludes one. */
const deniedBy = ({ findings }: ImageRecord, finding: string): boolean =>
  findings !== undefined && !findings.includes(finding);

/** Tiles from the top left. The last tile of a row or column is moved back to end at the edge. */
function grid(record: ImageRecord, size: number, overlap: number): Rectangle[] {
  const whole = wholeOf(record);
  const stride = Math.max(1, Math.round(size * (1 - overlap)));
  const [width, height] = [Math.min(size, whole.width), Math.min(size, whole.height)];
  const columns = starts(whole.width, width, stride);
  return starts(whole.height, height, stride).flatMap((y) => columns.map((x) => ({ x, y, width, height })));
}

function starts(length: number, size: number, stride: number): number[] {
  const count = Math.ceil((length - size) / stride) + 1;
  return Array.from({ length: count }, (_, i) => Math.min(i * stride, length - size));
}

function clipped(box: Box, crop: Rectangle): Box[] {
  const part = intersection(box, crop);
  return part === undefined ? [] : [{ ...box, ...part }];
}
