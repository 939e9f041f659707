import { choice, number, type OptionValues } from '../../base/options.js';
import type { Rectangle } from '../geometry/frame.js';
import type { Archive } from '../record.js';
import { type Counter, counter } from './counts.js';
import { chosenFinding, evidenceOf, findingOption, findingsOf } from './findings.js';
import { markedArea, needingMarks } from './places.js';
import type { Marked, Recipe, Reformulated } from './reformulation.js';
import { wholeOf } from './whole.js';

export const cellOptions = {
  finding: findingOption,
  share: number({
    doc: 'Minimum share of the annotated area in one part of the image.',
    min: 0.5,
    max: 1,
    default: 0.8,
  }),
  spread: choice(['drop', 'class'], {
    doc: 'Whether images with the finding in several parts are a class or are left out.',
    default: 'drop',
  }),
};

type CellValues = OptionValues<typeof cellOptions>;

/** Labels each image that shows a finding by the part of the image, one of `cells`, that holds most of it. */
export function byCell(
  archive: Archive,
  options: CellValues,
  cells: Readonly<Record<string, (whole: Rectangle) => Rectangle>>,
  spreadName: string,
  marked: Marked,
): Reformulated {
  const finding = chosenFinding(archive, options.finding);
  const names = Object.keys(cells);
  const classes = options.spread === 'class' ? [...names, spreadName] : names;
  const counts = counter(classes);
  const recipes = archive.records.flatMap((record): Recipe[] => {
    const evidence = evidenceOf(record, [finding]);
    if (!findingsOf(record).has(finding)) return leave(counts, 'left out: without the finding');
    const whole = wholeOf(record);
    const area = markedArea(record, finding, marked);
    const areas = names.map((name) => area(cells[name]!(whole)) ?? 0);
    const all = areas.reduce((sum, one) => sum + one, 0);
    const shares = areas.map((one) => (all > 0 ? one / all : 0));
    const most = Math.max(...shares);
    if (most === 0) return leave(counts, 'left out: the finding has no place in the image');
    const clear = most >= options.share && shares.filter((share) => share === most).length === 1;
    if (!clear && options.spread === 'drop') return leave(counts, `left out: ${spreadName}`);
    const label = clear ? names[shares.indexOf(most)]! : spreadName;
    counts.add(label);
    return [{ id: record.id, record, labels: [classes.indexOf(label)], ...evidence }];
  });
  return { classes, multiLabel: false, recipes, counts: counts.counts };
}

export const cellMarks = (archive: Archive, { finding }: Pick<CellValues, 'finding'>): readonly string[] =>
  needingMarks(archive, [chosenFinding(archive, finding)]);

function leave(counts: Counter, why: string): [] {
  counts.add(why);
  return [];
}
