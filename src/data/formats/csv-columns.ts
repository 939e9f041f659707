import { inputError, usageError } from '../../base/errors.js';
import { stem } from './files.js';
import { groupColumn, patientNames, plainName } from './patient-columns.js';
import { hasRuns } from './runs.js';
import { areMissing, isEmptyCell, type Row, type Table } from './table.js';

/**
 * The columns of a box table. Boxes are `x, y, width, height`, the same with the centre in place of the left
 * upper corner, or two corners in continuous coordinates.
 */
export interface Columns {
  readonly image: string;
  readonly label?: string;
  /** None where all labels are of whole images. */
  readonly box: readonly string[];
  readonly form: 'size' | 'centre' | 'corners';
  readonly patient?: string;
  /** Of what several images are, where no column is the patient. */
  readonly group?: string;
  readonly split?: string;
  readonly reader?: string;
  /** The column of masks as run lengths, where they are read. */
  readonly runs?: string;
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
    ...['labels', 'classes', 'findings', 'findinglabels', 'dx'],
    ...['diagnosis', 'pathology', 'disease', 'abnormality', 'lesion', 'lesiontype'],
  ],
  patient: patientNames,
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
  runs: ['encodedpixels', 'rle', 'maskrle', 'rlemask', 'encoding', 'runs', 'runlength', 'runlengths'],
};
const corners = ['xmin', 'ymin', 'xmax', 'ymax'] as const;
const sides = ['x', 'y', 'width', 'height'] as const;
const centred = ['xcentre', 'ycentre', 'width', 'height'] as const;

/**
 * Finds the columns of a table: as named by `given`, `image=file,label=class,xmin=x1,...`, otherwise by their
 * usual names. `label=none` means that all boxes are one finding, and `box=none` that labels are of whole
 * images, as they are where nothing else can be a box. With `isRuns` a column holds masks as run lengths, and
 * none boxes. Throws for an unknown key, a missing image, box or mask column, and ambiguous columns.
 */
export function columnsOf(table: Table, given: string, isRuns = false): Columns {
  const { columns, path } = table;
  const named = namesFrom(given);
  if (named.has('runs') && !isRuns)
    throw usageError(
      `columns names '${named.get('runs')}' as run lengths, and option runs does not say how they are written`,
    );
  const all = (key: string) =>
    named.has(key)
      ? columns.filter((column) => column === named.get(key))
      : columns.filter((column) => usual[key]!.includes(plainName(column)) && isWholeName(column));
  const rank = (key: string, name: string) => usual[key]!.indexOf(plainName(name));
  const find = (key: string) => all(key).sort((a, b) => rank(key, a) - rank(key, b))[0];
  const ask = (fault: string, advice: string) =>
    inputError(`${path}: ${fault}; its columns are ${columns.join(', ')}; option columns says ${advice}`);
  const lacks = (keys: readonly string[]) => keys.filter((key) => find(key) === undefined);
  const isNamed = (keys: readonly string[]) => keys.some((key) => named.has(key));
  const both =
    !isRuns &&
    lacks(corners).length === 0 &&
    lacks(sides).length === 0 &&
    !isNamed(corners) &&
    !isNamed(sides);
  const boxIn = (keys: readonly string[]) => keys.map((key) => find(key)!);
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
  const keys = Object.keys(usual).filter((key) => isRuns || key !== 'runs');
  const claimed = keys.flatMap(all);
  const places = [...corners, 'x', 'y', 'xcentre', 'ycentre'] as const;
  const isPlaced = isNamed([...places, 'width', 'height']) || lacks(places).length < places.length;
  const isBare = !isRuns && !isPlaced && !holdsPlaces(table, claimed);
  const isWhole = isRuns || named.get('box') === 'none' || (isBare && find('label') !== undefined);
  const box = isWhole ? [] : useCorners ? corners : useCentres ? centred : sides;
  const label = named.get('label') === 'none' && all('label').length === 0 ? undefined : find('label');
  const missing = lacks([
    'image',
    ...(isRuns ? ['runs'] : []),
    ...(isBare ? [] : box),
    ...(isBare || (named.has('label') && named.get('label') !== 'none') ? ['label'] : []),
  ]);
  if (missing.length > 0) {
    const whole = missing.some((key) => box.some((one) => one === key))
      ? boxCells(table, claimed)
      : undefined;
    if (whole !== undefined)
      throw inputError(
        `${path}: column '${whole}' holds the numbers of a box in one cell, of which nothing says whether they are corners or sizes: write them into columns x, y, width, height, or xmin, ymin, xmax, ymax`,
      );
    const runs = columns.find((column) => /^(encoded_?pixels|rle|mask_?rle|rle_?mask)$/i.test(column));
    if (runs !== undefined && box.length > 0 && named.get('box') !== 'none')
      throw inputError(
        `${path}: column '${runs}' holds masks as run lengths; option runs says how they are written, such as runs=absolute (starts from 1 down the columns, as most are) or runs=relative (option columns: box=none takes labels of whole images alone)`,
      );
    const likely = isRuns || named.get('box') === 'none' ? undefined : runCells(table, claimed);
    if (likely !== undefined)
      throw inputError(
        `${path}: ${areMissing(missing.map((key) => named.get(key) ?? key))}, and column '${likely}' seems to hold masks as run lengths; option columns says so (runs=${likely}), and option runs how they are written, such as runs=absolute or runs=relative; box=none takes labels of whole images alone`,
      );
    const isOfLabels = !isRuns && !isPlaced && !missing.includes('image') && find('label') === undefined;
    const marked = isOfLabels && !named.has('label') ? zeroOne(table, claimed) : [];
    if (marked.length > 0)
      throw ask(
        `no column holds the label; ${marked.slice(0, 4).join(', ')}${marked.length > 4 ? ', ...' : ''} ${marked.length === 1 ? 'holds' : 'hold'} 0 and 1, as where each is a finding`,
        `which does (label=COLUMN), or which are findings (label=${marked.slice(0, 4).join('|')}${marked.length > 4 ? '|...' : ''})`,
      );
    const which = missing.map((key) => named.get(key) ?? key);
    throw inputError(
      `${path}: ${areMissing(which)}; its columns are ${columns.join(', ')}; option columns says which is which (${['image', 'label', ...(isRuns ? ['runs'] : box)].map((key) => `${key}=...`).join(', ')}${box.length > 0 ? ', or box=none where labels are of whole images' : ''})`,
    );
  }
  for (const key of ['image', 'label'] as const) {
    const rivals = all(key);
    if (!sameCells(table, rivals, key === 'image' ? stem : (cell) => cell)) {
      throw ask(`${rivals.join(' and ')} may be the ${key}, and differ`, `which it is (${key}=${rivals[0]})`);
    }
  }
  const runs = isRuns ? find('runs') : undefined;
  if (runs !== undefined) checkMasked(table, runs, places.flatMap(all));
  const found = { image: find('image')!, label, box: boxIn(box), form } as const;
  checkUpright(table, found.box);
  const [patient, split, reader] = [find('patient'), find('split'), find('reader')];
  const group = patient === undefined ? groupColumn(table, found.image) : undefined;
  const isUnnamed = label === undefined && !named.has('label');
  const marks = isRuns ? 'masks' : 'boxes';
  const texts = isUnnamed ? unclaimed(table, [...claimed, ...(group ? [group] : [])]) : [];
  if (texts.length > 0) {
    throw ask(
      'no column is known to hold the label',
      `which does (label=${texts[0]}), or label=none where all ${marks} are one finding`,
    );
  }
  const ones = isUnnamed ? oneOfEach(table, claimed, found.box) : [];
  if (ones.length > 0) {
    throw ask(
      `${ones.join(' and ')} mark one finding in each row, by 1, and no column names it`,
      `which does (add it: label=COLUMN), or label=none where all boxes are one finding`,
    );
  }
  const others = columns.filter((name) => name !== '' && name !== group && !claimed.includes(name));
  if (isUnnamed && found.box.length === 0 && others.length > 0)
    throw ask(
      'no column is known to hold the label',
      isRuns
        ? `which does (label=${others[0]}), or label=none where all masks are one finding`
        : `which does (label=${others[0]}); of columns of 0 and 1 for each finding write the names of those with 1 into one, with | between them`,
    );
  const size = sizeColumns(
    table,
    found,
    isRuns && find('imagewidth') === undefined
      ? [find('width'), find('height')]
      : [find('imagewidth'), find('imageheight')],
    [find('width'), find('height')],
  );
  return {
    ...found,
    ...(patient && { patient }),
    ...(group && { group }),
    ...(split && { split }),
    ...(reader && { reader }),
    ...(runs && { runs }),
    ...(size && { size }),
  };
}

/** Throws where a row has a place but no mask: without one it says that its label is not there. */
function checkMasked({ path, rows }: Table, runs: string, places: readonly string[]): void {
  const isSaid = (row: Row, name: string) => !isEmptyCell(row[name]) && Number(row[name]) !== 0;
  const at = rows.findIndex((row) => !hasRuns(row[runs]) && places.some((name) => isSaid(row, name)));
  if (at >= 0)
    throw inputError(
      `${path}, row ${at + 2}: it has no mask in column '${runs}', and a place in ${places.join(', ')}; masks are read here: leave the row or these columns out`,
    );
}

/** The columns without a known name whose cells are 0, 1 or -1 (not known), or empty. */
const zeroOne = ({ columns, rows }: Table, claimed: readonly string[]): string[] =>
  columns.filter(
    (column) =>
      column !== '' &&
      !claimed.includes(column) &&
      rows.every((row) => isEmptyCell(row[column]) || /^-?[01](\.0*)?$/.test(row[column]!)),
  );

/** Whether a name is no part of one such as `Size[x,y]`, which a comma without quotes cut. */
const isWholeName = (name: string): boolean => name.split(/[[(]/).length === name.split(/[\])]/).length;

/** Throws where a column turns boxes: in which sense, tools do not agree. */
function checkUpright({ path, columns, rows }: Table, box: Columns['box']): void {
  const turns = columns.find(
    (name) =>
      /^(box|bbox)?[ _-]?(angle|rotation|theta|rot)[ _-]?(deg|degrees|rad)?$/i.test(name) &&
      rows.some((row) => box.some((one) => !isEmptyCell(row[one])) && Number(row[name] || 0) !== 0),
  );
  if (box.length > 0 && turns !== undefined)
    throw inputError(
      `${path}: column '${turns}' turns boxes, and upright ones are read; give the boxes around them and leave it out, or draw masks`,
    );
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

/**
 * Whether columns without a known name may say where something is: by four numbers or more, those of w and h
 * among them, by several in one cell, or by their names.
 */
function holdsPlaces({ columns, rows }: Table, claimed: readonly string[]): boolean {
  const others = columns.filter(
    (column) => column !== '' && isWholeName(column) && !claimed.includes(column),
  );
  const isNumber = (cell = '') => !isEmptyCell(cell) && !Number.isNaN(Number(cell));
  const sized = columns.filter((column) => ['w', 'h'].includes(plainName(column)));
  const numeric = [...others, ...sized].filter((column) => rows.some((row) => isNumber(row[column])));
  const isGrid = [/^rows?$/i, /^col(umn)?s?$/i].every((name) => numeric.some((column) => name.test(column)));
  const isList = (cell = '') => /(-?\d+(\.\d+)?[\s,;()[\]]+){3}|^\[?\s*\{.*\d/s.test(cell);
  return (
    numeric.length >= 4 ||
    isGrid ||
    others.some((column) => rows.some((row) => isList(row[column]))) ||
    others.some((column) => /box|poly|point|segment|pixels|rle|region|contour|coord|mask/i.test(column))
  );
}

/** A column named as a box, whose cells hold four numbers. */
const boxCells = ({ columns, rows }: Table, claimed: readonly string[]): string | undefined =>
  columns.find(
    (name) =>
      !claimed.includes(name) &&
      /box|coord|rect/i.test(name) &&
      rows.some((row) => row[name]?.match(/-?\d+(\.\d+)?/g)?.length === 4),
  );

/** A column of pairs of whole numbers, of which some cell holds more than the two of a box. */
const runCells = ({ columns, rows }: Table, claimed: readonly string[]): string | undefined =>
  columns.find((name) => {
    if (claimed.includes(name)) return false;
    const counts = rows.flatMap(({ [name]: cell }) =>
      isEmptyCell(cell) || cell === '-1' ? [] : [runsIn(cell!)],
    );
    return counts.every(Boolean) && counts.some((count) => count > 2);
  });

/** The number of runs in a cell of pairs, 0 where it holds anything else. */
const runsIn = (cell: string): number =>
  /^\s*\d+ +\d+( +\d+ +\d+)*\s*$/.test(cell) ? cell.trim().split(/ +/).length / 2 : 0;

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

/** Unclaimed columns of 0 and 1 of which each row with a box marks exactly one; none unless several do. */
function oneOfEach(table: Table, claimed: readonly string[], box: Columns['box']): readonly string[] {
  const boxed = table.rows.filter((row) => box.every((column) => !isEmptyCell(row[column])));
  const isOn = (row: Row, column: string) => Number(row[column] || 0) === 1;
  const marks = zeroOne(table, claimed).filter((column) => boxed.some((row) => isOn(row, column)));
  const isOneOf = boxed.every((row) => marks.filter((column) => isOn(row, column)).length === 1);
  return marks.length > 1 && isOneOf ? marks : [];
}

/**
 * The columns that option columns names, by key. A comma with no `key=` behind it is part of a name. Throws
 * for an unknown key.
 */
export function namesFrom(given: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const keys = Object.keys(usual);
  for (const part of given.split(/,(?=\s*(?:[\w-]+\s*=|,|$))/).filter((text) => text.trim() !== '')) {
    const [key = '', ...rest] = part.split('=');
    const column = rest.join('=').trim();
    if (key.trim() === 'box' && column === 'none') {
      names.set('box', column);
      continue;
    }
    if (!keys.includes(key.trim()) || column === '') {
      throw usageError(
        `columns got '${part.trim()}'; it takes key=column with a key of ${keys.join(', ')}, or box=none`,
      );
    }
    names.set(key.trim(), column);
  }
  return names;
}
