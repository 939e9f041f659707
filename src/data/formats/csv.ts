import type { Box } from '../record.js';
import type { Fault } from './boxes.js';
import { type Annotated, type Annotations, labelsOf, stated } from './collect.js';
import { type Columns, columnsOf } from './csv-columns.js';
import { contradictions, OTHER, ownerOf, statesSplit } from './csv-image.js';
import { markedIn, withMarks } from './csv-marks.js';
import { boxOf, labelReader, statedSize } from './csv-row.js';
import { groupBy } from './files.js';
import { checkJoined } from './joined-rows.js';
import { isNothing, isUnsaid } from './nothing.js';
import { toldFirst, toldGroup } from './patient-columns.js';
import { type Row, readTable, type Table } from './table.js';

/**
 * Reads boxes from a CSV file, one per row, with the columns of `columnsOf`. A row without coordinates
 * states its label for the whole image. A row without a label, or with one such as "No finding", states
 * that the image was annotated without findings; in a table without boxes whose other rows say so in
 * words, it says nothing, unless `blank` is a negative. Without a label column, or where it only says yes
 * or no, the label is `finding`. `label=a|b` reads columns of 0 and 1 for each finding.
 */
export async function readCsvBoxes(
  path: string,
  given: string,
  blank: 'unknown' | 'negative' = 'unknown',
): Promise<Annotations> {
  const written = await readTable(path, [], 'a table of boxes');
  const table = withMarks(written, given);
  const columns = columnsOf(table, given);
  checkJoined(table, columns);
  const labelIn = labelReader(table, columns);
  const labelsIn = (row: Row) => (table === written ? [labelIn(row)] : markedIn(labelIn(row)));
  const isLabelled = table.rows.some((row) => labelIn(row) !== '' && !isNothing(labelIn(row)));
  const isWhole = columns.box.length === 0;
  const saysNone =
    isWhole &&
    blank === 'unknown' &&
    table.rows.some((row) => labelIn(row) !== '' && isNothing(labelIn(row)));
  const isSplit = statesSplit(table, columns);
  const images = [...groupBy(table.rows, (row) => row[columns.image] ?? '')].map(
    ([file, rows]): Annotated => {
      const faults: Fault[] = [];
      const unplaced: string[] = [];
      const said = rows.flatMap((row) => labelsIn(row).map((label) => ({ row, label })));
      const boxes = said.flatMap(({ row, label }) => {
        if (isNothing(label)) return [];
        const box = boxOf(table, row, label || 'finding', columns, faults);
        if (box !== undefined && label === '' && isLabelled) {
          // Without an area it is a filler, such as 0 or -1 in all cells.
          if (box.width > 0 && box.height > 0) faults.push(unlabelled(box));
          return [];
        }
        if (box === undefined && label !== '') unplaced.push(label);
        const reader = columns.reader && row[columns.reader];
        return box === undefined ? [] : [reader ? { ...box, reader } : box];
      });
      const owner = ownerOf(rows, columns, isSplit);
      const labels = said.map(({ label }) => label);
      faults.push(...contradictions(rows, columns, labels));
      const isBlank = saysNone && rows.every((row) => labelIn(row) === '') && boxes.length === 0;
      const isOpen = boxes.length === 0 && rows.length > 0 && rows.every((row) => isUnsaid(labelIn(row)));
      if (isBlank) faults.push(unsaid);
      if (isOpen) faults.push({ kind: 'missing-annotation', problem: OPEN });
      faults.push(...owner.faults);
      return {
        file,
        boxes,
        regions: [],
        ...(faults.length > 0 && { faults }),
        ...(isOpen ? {} : stated(unplaced, boxes)),
        ...owner.said,
        ...statedSize(rows, columns),
        ...((isBlank || isOpen) && { annotated: false }),
      };
    },
  );
  const unplaced = unplacedLabels(images);
  return {
    labels: labelsOf(images),
    images: toldGroup(columns.group, scored(table, columns, images), OTHER).map((image) =>
      withDoubt(image, unplaced),
    ),
  };
}

/** An image of which a table says nothing, as it says of others that they show nothing. */
const unsaid: Fault = {
  kind: 'missing-annotation',
  problem:
    'its label is empty, where the table says of others that there is none: it counts as not annotated',
};

const OPEN = 'its label says that nobody knows what it shows: it counts as not annotated';

/** A box whose label is missing where other rows have one: its image is no negative of any finding. */
const unlabelled = ({ x, y }: Pick<Box, 'x' | 'y'>): Fault => ({
  kind: 'inconsistent',
  place: { kind: 'box', label: 'finding' },
  problem: `its box at ${x}, ${y} has no label, as others have`,
});

/** Tells on the first image of a column that seems to hold how sure a prediction is. */
function scored(
  { rows, columns }: Table,
  { box }: Columns,
  images: readonly Annotated[],
): readonly Annotated[] {
  const isShare = (cell = '') => Number(cell) > 0 && Number(cell) < 1;
  const column = columns.find(
    (name) =>
      /^(score|conf|confidence|prob|probability)$/i.test(name) && rows.some((row) => isShare(row[name])),
  );
  if (column === undefined || box.length === 0) return images;
  return toldFirst(
    images,
    `column '${column}' seems to say how sure predictions are; all its boxes count as annotated`,
  );
}

/** Labels that never have a box, where other labels always do. */
function unplacedLabels(images: readonly Annotated[]): ReadonlySet<string> {
  const placed = new Set(images.flatMap(({ boxes }) => boxes.map(({ label }) => label)));
  const bare = new Set(images.flatMap(({ boxes, findings = [] }) => (boxes.length === 0 ? findings : [])));
  return new Set(
    [...placed].some((label) => bare.has(label)) || placed.size === 0
      ? []
      : [...bare].filter((label) => !placed.has(label)),
  );
}

/** Tells of labels that may mean that nothing is found. */
function withDoubt(image: Annotated, unplaced: ReadonlySet<string>): Annotated {
  const doubtful = (image.boxes.length === 0 && image.findings?.filter((label) => unplaced.has(label))) || [];
  const faults = doubtful.map(
    (label): Fault => ({
      kind: 'inconsistent',
      problem: `its label '${label}' never has a box, as all others do; where it means that nothing is found, write 'no finding'`,
    }),
  );
  return faults.length === 0 ? image : { ...image, faults: [...(image.faults ?? []), ...faults] };
}
