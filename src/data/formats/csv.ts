import { inputError, usageError } from '../../base/errors.js';
import type { Box } from '../record.js';
import { cornerBox, type Fault, ordered } from './boxes.js';
import { type Annotated, type Annotations, labelsOf, stated } from './collect.js';
import { groupBy, stem } from './files.js';
import { isNothing } from './nothing.js';
import { splitNamed, splitWords } from './split-names.js';
import { numberIn, type Row, readTable, type Table } from './table.js';

/**
 * The columns of a box table. Boxes are `x, y, width, height`, the same with the centre in place of the left
 * upper corner, or two corners in continuous coordinates.
 */
export interface Columns {
  readonly image: string;
  readonly label?: string;
  readonly box: readonly [string, string, string, string];
  readonly form: 'size' | 'centre' | 'corners';
  readonly patient?: string;
  readonly split?: string;
  readonly reader?: string;
  /** Columns of the image's width and height. */
  readonly size?: readonly [string, string];
}

/** Usual column names by key, in lower case without punctuation. */
const usual: Readonly<Record<string, readonly string[]>> = {
  image: [
    'image',
    'imageindex',
    'filename',
    'file',
    'imageid',
    'imagefile',
    'imagename',
    'path',
    'imagepath',
  ],
  label: [
    ...['label', 'labelname', 'class', 'classname', 'finding', 'findinglabel', 'category', 'categoryname'],
    ...['diagnosis', 'pathology', 'disease', 'abnormality', 'lesion', 'lesiontype'],
  ],
  patient: ['patient', 'patientid', 'patientname', 'subject', 'subjectid'],
  split: ['split', 'subset', 'partition'],
  reader: ['reader', 'readerid', 'radid', 'radiologist', 'annotator', 'rater'],
  x: ['x', 'left'],
  y: ['y', 'top'],
  width: ['width', 'w'],
  height: ['height', 'h'],
  xcentre: ['xcentre', 'xcenter', 'cx', 'xc', 'centrex', 'centerx', 'boxcenterx', 'bboxcenterx'],
  ycentre: ['ycentre', 'ycenter', 'cy', 'yc', 'centrey', 'centery', 'boxcentery', 'bboxcentery'],
  xmin: ['xmin', 'x1', 'left'],
  ymin: ['ymin', 'y1', 'top'],
  xmax: ['xmax', 'x2', 'right'],
  ymax: ['ymax', 'y2', 'bottom'],
  imagewidth: ['imagewidth', 'imgwidth', 'imagew', 'imgw', 'originalwidth', 'origwidth'],
  imageheight: ['imageheight', 'imgheight', 'imageh', 'imgh', 'originalheight', 'origheight'],
};
const corners = ['xmin', 'ymin', 'xmax', 'ymax'] as const;
const sides = ['x', 'y', 'width', 'height'] as const;
const centred = ['xcentre', 'ycentre', 'width', 'height'] as const;

/**
 * Finds the columns of a table: as named by `given`, `image=file,label=class,xmin=x1,...`, otherwise by their
 * usual names. `label=none` means that all boxes are one finding. Throws for an unknown key, a missing image
 * or box column, and ambiguous columns.
 */
export function columnsOf(table: Table, given: string): Columns {
  const { columns, path } = table;
  const named = namesFrom(given);
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const all = (key: string) =>
    named.has(key)
      ? columns.filter((column) => column === named.get(key))
      : columns.filter((column) => usual[key]!.includes(plain(column)));
  const find = (key: string) => all(key)[0];
  const ask = (fault: string, advice: string) =>
    inputError(`${path}: ${fault}; its columns are ${columns.join(', ')}; option columns says ${advice}`);
  const lacks = (keys: readonly string[]) => keys.filter((key) => find(key) === undefined);
  const isNamed = (keys: readonly string[]) => keys.some((key) => named.has(key));
  const both =
    lacks(corners).length === 0 && lacks(sides).length === 0 && !isNamed(corners) && !isNamed(sides);
  const boxIn = (keys: readonly string[]) =>
    keys.map((key) => find(key)!) as [string, string, string, string];
  if (both && !agree(table, boxIn(corners), boxIn(sides))) {
    const [of, or] = [boxIn(corners).join(', '), boxIn(sides).join(', ')];
    throw ask(
      `${of} and ${or} are both boxes, and differ`,
      `which hold (xmin=${find('xmin')} or width=${find('width')}, ...)`,
    );
  }
  const useCorners = isNamed(corners) || (lacks(corners).length === 0 && !isNamed(sides));
  const useCentres = !useCorners && lacks(sides).length > 0 && lacks(centred).length === 0;
  const form = useCorners ? 'corners' : useCentres ? 'centre' : 'size';
  const box = useCorners ? corners : useCentres ? centred : sides;
  const label = named.get('label') === 'none' && all('label').length === 0 ? undefined : find('label');
  const missing = lacks([
    'image',
    ...box,
    ...(named.has('label') && named.get('label') !== 'none' ? ['label'] : []),
  ]);
  if (missing.length > 0) {
    const which = missing.map((key) => `'${named.get(key) ?? key}'`).join(', ');
    throw inputError(
      `${path}: column ${which} is missing; its columns are ${columns.join(', ')}; option columns says which is which (image=..., label=..., ${box.map((key) => `${key}=...`).join(', ')})`,
    );
  }
  for (const key of ['image', 'label'] as const) {
    const rivals = all(key);
    if (!sameCells(table, rivals, key === 'image' ? stem : (cell) => cell)) {
      throw ask(`${rivals.join(' and ')} may be the ${key}, and differ`, `which it is (${key}=${rivals[0]})`);
    }
  }
  const found = { image: find('image')!, label, box: boxIn(box), form } as const;
  const [patient, split, reader] = [find('patient'), find('split'), find('reader')];
  const texts =
    label === undefined && !named.has('label') ? unclaimed(table, [...Object.keys(usual).flatMap(all)]) : [];
  if (texts.length > 0) {
    throw ask(
      'no column is known to hold the label',
      `which does (label=${texts[0]}), or label=none where all boxes are one finding`,
    );
  }
  const size = sizeColumns(
    table,
    found,
    [find('imagewidth'), find('imageheight')],
    [find('width'), find('height')],
  );
  return {
    ...found,
    ...(patient && { patient }),
    ...(split && { split }),
    ...(reader && { reader }),
    ...(size && { size }),
  };
}

type Pair = readonly [width: string | undefined, height: string | undefined];

/**
 * The columns of the image's size: `named` so, or `plain` ones beside corners, as object detection tables of
 * TensorFlow have them, unless they hold the size of the box.
 */
function sizeColumns(
  { rows }: Table,
  { box, form }: Pick<Columns, 'box' | 'form'>,
  named: Pair,
  plain: Pair,
): Columns['size'] {
  const isWhole = (pair: Pair): pair is readonly [string, string] =>
    pair.every((column) => column !== undefined && !box.includes(column));
  if (isWhole(named)) return named;
  if (form !== 'corners' || !isWhole(plain)) return undefined;
  const isOfBox = rows.every((row) => {
    const [left, top, right, bottom] = box.map((column) => Number(row[column])) as [
      number,
      number,
      number,
      number,
    ];
    const [width, height] = plain.map((column) => Number(row[column])) as [number, number];
    const isEmpty = box.every((column) => isEmptyCell(row[column]));
    return isEmpty || (Math.abs(right - left - width) <= 1 && Math.abs(bottom - top - height) <= 1);
  });
  return isOfBox ? undefined : plain;
}

/** Whether two box notations give the same boxes in every row, to one pixel. */
function agree(table: Table, ends: Columns['box'], sizes: Columns['box']): boolean {
  return table.rows.every((row) => {
    const [left, top, right, bottom] = ends.map((column) => Number(row[column]));
    const [x, y, width, height] = sizes.map((column) => Number(row[column]));
    const close = (a: number, b: number) => Math.abs(a - b) <= 1;
    const isEmpty = [...ends, ...sizes].every((column) => isEmptyCell(row[column]));
    return (
      isEmpty ||
      (close(left!, x!) && close(top!, y!) && close(right! - left!, width!) && close(bottom! - top!, height!))
    );
  });
}

const sameCells = ({ rows }: Table, columns: readonly string[], read: (cell: string) => string): boolean =>
  columns.length < 2 ||
  rows.every((row) => new Set(columns.map((column) => read(row[column] ?? ''))).size === 1);

/** Unclaimed columns with text: one of them may be the label. */
const unclaimed = ({ columns, rows }: Table, claimed: readonly string[]): string[] =>
  columns.filter(
    (column) =>
      column !== '' &&
      !claimed.includes(column) &&
      rows.some((row) => !isEmptyCell(row[column]) && Number.isNaN(Number(row[column]))),
  );

/** Whether a cell is empty or marks a missing value. */
const isEmptyCell = (cell: string | undefined): boolean => /^(|nan|na|#?n\/a|null|none|-)$/i.test(cell ?? '');

function namesFrom(given: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const keys = Object.keys(usual);
  for (const part of given.split(',').filter((text) => text.trim() !== '')) {
    const [key = '', column = ''] = part.split('=').map((text) => text.trim());
    if (!keys.includes(key) || column === '') {
      throw usageError(`columns got '${part.trim()}'; it takes key=column with a key of ${keys.join(', ')}`);
    }
    names.set(key, column);
  }
  return names;
}

/**
 * Reads boxes from a CSV file, one per row, with the columns of `columnsOf`. A row without coordinates states
 * its label for the whole image. A row without a label, or with one such as "No finding", states that the
 * image was annotated without findings. Without a label column, or where it only says yes or no, the label is
 * `finding`.
 */
export async function readCsvBoxes(path: string, given: string): Promise<Annotations> {
  const table = await readTable(path, [], 'a table of boxes');
  const columns = columnsOf(table, given);
  const labelIn = labelReader(table, columns);
  const isLabelled = table.rows.some((row) => labelIn(row) !== '' && !isNothing(labelIn(row)));
  const isSplit = table.rows.some((row) => columns.split && row[columns.split]);
  const images = [...groupBy(table.rows, (row) => row[columns.image] ?? '')].map(
    ([file, rows]): Annotated => {
      const faults: Fault[] = [];
      const unplaced: string[] = [];
      const boxes = rows.flatMap((row) => {
        const label = labelIn(row);
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
      const own = (column: string | undefined) =>
        (column && rows.find((row) => row[column])?.[column]) || undefined;
      const [patient, said] = [own(columns.patient), own(columns.split)];
      const split = splitNamed(said ?? '');
      faults.push(...contradictions(rows, columns, labelIn));
      if (isSplit && split === undefined) {
        const why =
          said === undefined
            ? 'no split is stated for it'
            : `its split '${said}' is not one of ${splitWords}`;
        faults.push({ kind: 'no-split', problem: `${why}: no stated split is followed` });
      }
      return {
        file,
        boxes,
        regions: [],
        ...(faults.length > 0 && { faults }),
        ...stated(unplaced, boxes),
        ...(patient && { patient }),
        ...(split && { split }),
        ...statedSize(rows, columns),
      };
    },
  );
  return {
    labels: labelsOf(images),
    images: images.map((image) => withDoubt(image, unplacedLabels(images))),
  };
}

/** A box whose label is missing where other rows have one: its image is no negative of any finding. */
const unlabelled = ({ x, y }: Pick<Box, 'x' | 'y'>): Fault => ({
  kind: 'inconsistent',
  place: { kind: 'box', label: 'finding' },
  problem: `its box at ${x}, ${y} has no label, as others have`,
});

/** Labels that never have a box, where other labels always do. */
function unplacedLabels(images: readonly Annotated[]): readonly string[] {
  const placed = new Set(images.flatMap(({ boxes }) => boxes.map(({ label }) => label)));
  const bare = new Set(images.flatMap(({ boxes, findings = [] }) => (boxes.length === 0 ? findings : [])));
  return [...placed].some((label) => bare.has(label)) || placed.size === 0
    ? []
    : [...bare].filter((label) => !placed.has(label));
}

/** Tells of labels that may mean that nothing is found. */
function withDoubt(image: Annotated, unplaced: readonly string[]): Annotated {
  const doubtful =
    (image.boxes.length === 0 && image.findings?.filter((label) => unplaced.includes(label))) || [];
  const faults = doubtful.map(
    (label): Fault => ({
      kind: 'inconsistent',
      problem: `its label '${label}' never has a box, as all others do; where it means that nothing is found, write 'no finding'`,
    }),
  );
  return faults.length === 0 ? image : { ...image, faults: [...(image.faults ?? []), ...faults] };
}

/** What the rows of one image contradict each other in. The first patient and split, and findings, count. */
function contradictions(
  rows: readonly Row[],
  { patient, split }: Columns,
  labelIn: (row: Row) => string,
): Fault[] {
  const told = ([patient, split] as const).flatMap((column) => {
    const cells = column === undefined ? [] : rows.flatMap((row) => row[column] || []);
    const other = [...new Set(cells)][1];
    return other === undefined ? [] : [`its rows differ in column '${column}'; the first counts`];
  });
  const labels = rows.map(labelIn).filter((label) => label !== '');
  const isBoth = labels.some(isNothing) && !labels.every(isNothing);
  const both = isBoth ? ['its rows state a finding and that there is none; the finding counts'] : [];
  return [...told, ...both].map((problem) => ({ kind: 'inconsistent', problem }));
}

/** The image's size where all its rows state the same. */
function statedSize(
  rows: readonly Row[],
  { size }: Columns,
): { readonly width?: number; readonly height?: number } {
  if (size === undefined) return {};
  const [width, height] = size.map((column) => new Set(rows.map((row) => Number(row[column] || Number.NaN))));
  const [[w] = [], [h] = []] = [[...width!], [...height!]];
  const isSaid =
    width!.size === 1 && height!.size === 1 && [w, h].every((side) => Number.isInteger(side) && side! > 0);
  return isSaid ? { width: w!, height: h! } : {};
}

const yes = /^(1(\.0*)?|true|yes)$/i;
const no = /^(0(\.0*)?|false|no)$/i;

/** Reads a row's label. Where all labels say yes or no, and no box belongs to a no, they name no finding. */
function labelReader({ rows }: Table, { label: column, box }: Columns): (row: Row) => string {
  if (column === undefined) return () => '';
  const isPlaced = (row: Row) => box.some((name) => !isEmptyCell(row[name]) && Number(row[name]) !== 0);
  const told = (row: Row) => (isEmptyCell(row[column]) ? '' : row[column]!);
  const cells = rows.map(told);
  const isAnswer =
    cells.some((cell) => no.test(cell)) &&
    cells.every((cell, i) => cell === '' || yes.test(cell) || (no.test(cell) && !isPlaced(rows[i]!)));
  return (row) => {
    const cell = told(row);
    if (!isAnswer || cell === '') return cell;
    return yes.test(cell) ? 'finding' : 'no finding';
  };
}

/** The box of a row; `undefined` where all four cells are empty. Swapped corners are sorted with a fault. */
export function boxOf(
  table: Table,
  row: Row,
  label: string,
  { box, form }: Pick<Columns, 'box' | 'form'>,
  faults: Fault[] = [],
) {
  if (box.every((column) => isEmptyCell(row[column]))) return undefined;
  const numbers = box.map((column) => numberIn(table, row, column)) as [number, number, number, number];
  if (form === 'size') {
    const [x, y, width, height] = numbers;
    return { label, x, y, width, height };
  }
  if (form === 'centre') {
    const [x, y, width, height] = numbers;
    return { label, x: x - width / 2, y: y - height / 2, width, height };
  }
  const ends = ordered(label, numbers);
  faults.push(...ends.faults);
  return cornerBox(label, ends.corners);
}
