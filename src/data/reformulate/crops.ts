import { integer, number, optional, text } from '../../base/options.js';
import type { Rectangle } from '../geometry/frame.js';
import { intersection } from '../geometry/points.js';
import type { Box, ImageRecord } from '../record.js';
import { counter } from './counts.js';
import { chosenFindings, hasArea } from './findings.js';
import { type Recipe, reformulation } from './reformulation.js';
import { wholeOf } from './whole.js';

export const crops = reformulation({
  name: 'crops',
  doc: 'Which finding a box holds, on a square around it: one sample for each box.',
  needsSize: true,
  options: {
    findings: optional(text({ doc: 'The findings to tell apart, as a,b,c; by default all.', default: '' })),
    margin: number({
      doc: 'Width of what is shown around a box, as a share of its longer side.',
      min: 0,
      max: 10,
      default: 0.25,
    }),
    least: integer({ doc: 'Smallest side of a box that is taken, in original pixels.', min: 1, default: 8 }),
    most: integer({
      doc: 'Boxes of a finding that are taken from an image at most, drawn at random; 0 takes all.',
      min: 0,
      default: 0,
    }),
  },
  reformulate(archive, options, random) {
    const findings = chosenFindings(archive, options.findings);
    const counts = counter(findings);
    const recipes = archive.records.flatMap((record) => {
      const named = record.boxes.map((box, i) => ({ box, id: `${record.id}#${i}` }));
      return findings.flatMap((finding, label): Recipe[] => {
        const own = named.filter(({ box }) => box.label === finding);
        const shown = own.filter(({ box }) => hasArea(box) && sideOf(box) >= options.least);
        counts.add('boxes too small', own.length - shown.length);
        const drawn = shown.map((one) => ({ ...one, draw: random.fork(one.id).uniform() }));
        const most = options.most === 0 ? drawn.length : options.most;
        const kept = drawn.sort((a, b) => a.draw - b.draw).slice(0, most);
        counts.add('boxes left out', drawn.length - kept.length);
        counts.add(finding, kept.length);
        return kept.map(({ id, box }) => {
          const crop = around(record, box, options.margin);
          const boxes = [{ ...box, ...intersection(box, crop) }];
          return { id, record, crop, labels: [label], boxes, regions: [] };
        });
      });
    });
    return { classes: [...findings], multiLabel: false, recipes, counts: counts.counts };
  },
});

const sideOf = ({ width, height }: Box): number => Math.max(width, height);

/** The square around a box, as far as it lies in the image, in whole pixels. */
function around(record: ImageRecord, box: Box, margin: number): Rectangle {
  const side = Math.round(sideOf(box) * (1 + 2 * margin));
  const x = Math.round(box.x + (box.width - side) / 2);
  const y = Math.round(box.y + (box.height - side) / 2);
  return intersection({ x, y, width: side, height: side }, wholeOf(record))!;
}
