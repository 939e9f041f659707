import { inputError, messageOf } from '../../base/errors.js';
import type { RunContext } from '../../base/run.js';
import type { Region } from '../record.js';
import type { Fault, Size } from './boxes.js';
import { type Annotated, type Annotations, labelsOf, sizeOf } from './collect.js';
import { type Columns, columnsOf } from './csv-columns.js';
import { contradictions, OTHER, ownerOf, statesSplit } from './csv-image.js';
import { labelReader, statedSize } from './csv-row.js';
import { groupBy, type ImageFolder } from './files.js';
import { each } from './join.js';
import { isNothing, isUnsaid } from './nothing.js';
import { toldFirst, toldGroup } from './patient-columns.js';
import {
  absoluteRuns,
  countedRuns,
  hasRuns,
  maxRuns,
  type Runs,
  relativeRuns,
  wholeNumbers,
} from './runs.js';
import { fitsLines } from './runs-fit.js';
import { measure } from './size.js';
import { type Row, readTable, type Table } from './table.js';

interface Encoding {
  readonly order: 'rows' | 'columns';
  read(text: string, pixels: number): Runs;
}

/** What the numbers of run lengths mean. */
const encodings = {
  absolute: { order: 'columns', read: absoluteRuns },
  'absolute-rows': { order: 'rows', read: absoluteRuns },
  relative: { order: 'columns', read: relativeRuns },
  counts: {
    order: 'columns',
    read: (text, pixels) => countedRuns(wholeNumbers(text.replaceAll(/^\[|\]$|,/g, ' ')), pixels),
  },
} as const satisfies Readonly<Record<string, Encoding>>;

export type RunsEncoding = keyof typeof encodings;

export const runsEncodings = Object.keys(encodings) as readonly RunsEncoding[];

type Masked = Extract<Region, { kind: 'runs' }>;

/**
 * Reads masks from a CSV file that writes them as run lengths, one per row, with the columns of `columnsOf`.
 * A row without a mask (empty or -1) says that its label is not in its image, and without a label column that
 * nothing is. Throws, naming row and image, for what is no mask of its picture; and where the masks seem to
 * be of pictures of another size or order, unless `isSized` says that they are not.
 */
export async function readCsvRuns(
  path: string,
  given: string,
  encoding: RunsEncoding,
  images: ImageFolder,
  run: RunContext,
  isSized: boolean,
): Promise<Annotations> {
  const table = await readTable(path, [], 'a table of masks');
  const columns = columnsOf(table, given, true);
  const labelIn = labelReader(table, columns);
  const reads = { table, columns, labelIn, encoding: encodings[encoding], left: { runs: maxRuns } };
  const isSplit = statesSplit(table, columns);
  const groups = [...groupBy(table.rows, (row) => row[columns.image] ?? '')];
  const fits: Fit[] = [];
  const read = await each(run, 'masks', groups, async ([file, rows]): Promise<Annotated> => {
    const masked = rows.filter((row) => hasRuns(row[columns.runs!]));
    const size = masked.length === 0 ? undefined : await sizeIn(images, file, rows, columns);
    const regions = size === undefined ? [] : masked.map((row) => maskOf(row, size, reads));
    if (size !== undefined)
      fits.push(...regions.flatMap(({ runs, order }) => fitsLines(runs, order, size) ?? []));
    const isOpen = masked.length === 0 && rows.every((row) => isUnsaid(labelIn(row)));
    const owner = ownerOf(rows, columns, isSplit);
    const labels = [...new Set(masked.map((row) => labelIn(row) || 'finding'))];
    const faults = [
      ...(size === undefined ? labels.map(unsized) : []),
      ...contradictions(rows, columns, rows.map(labelIn)),
      ...(isOpen ? [open] : []),
      ...owner.faults,
    ];
    return {
      file,
      boxes: [],
      regions,
      ...(faults.length > 0 && { faults }),
      ...owner.said,
      ...statedSize(rows, columns),
      ...(isOpen && { annotated: false }),
    };
  });
  if (!table.rows.some((row) => hasRuns(row[columns.runs!])))
    throw inputError(`${path}: column '${columns.runs}' holds no mask`);
  if (!isSized) checkFits(path, fits, encoding);
  const labels = labelsOf(read);
  return { labels, images: toldGroup(columns.group, toldBare(table, labelIn, labels, read), OTHER) };
}

interface Reads {
  readonly table: Table;
  readonly columns: Columns;
  readonly labelIn: (row: Row) => string;
  readonly encoding: Encoding;
  /** How many runs may still be read. */
  readonly left: { runs: number };
}

function maskOf(row: Row, { width, height }: Size, reads: Reads): Masked {
  const { table, columns, labelIn, encoding, left } = reads;
  const label = labelIn(row);
  try {
    if (isNothing(label))
      throw inputError(`it has a mask, and its label '${label}' says that nothing is found`);
    if (label === '' && columns.label !== undefined)
      throw inputError(`it has a mask, and column '${columns.label}' names no label`);
    const runs = encoding.read(row[columns.runs!]!, width * height);
    left.runs -= runs.length / 2;
    if (left.runs < 0) throw inputError(`the table holds more than the ${maxRuns} runs that are read`);
    return { kind: 'runs', label: label || 'finding', runs, order: encoding.order };
  } catch (error) {
    const place = `${table.path}, row ${table.rows.indexOf(row) + 2}, image '${row[columns.image]}' of ${width}x${height}`;
    throw inputError(`${place}: ${messageOf(error)}`, error);
  }
}

/** The size that the rows of an image state, or else that of its file, where there is one. */
async function sizeIn(
  images: ImageFolder,
  file: string,
  rows: readonly Row[],
  columns: Columns,
): Promise<Size | undefined> {
  const stated = sizeOf(statedSize(rows, columns));
  const found = images.find(file);
  if (stated !== undefined || 'problem' in found) return stated;
  return measure(found.path).catch(() => undefined);
}

const unsized = (label: string): Fault => ({
  kind: 'unreadable',
  place: { kind: 'region', label },
  problem: 'its picture cannot be measured, so that the places of its masks are unknown',
});

const open: Fault = {
  kind: 'missing-annotation',
  problem: 'its label says that nobody knows what it shows: it counts as not annotated',
};

type Fit = NonNullable<ReturnType<typeof fitsLines>>;

/** From this share of masks on that fit no line of their pictures, it is no chance. */
const MOST = 0.8;

function checkFits(path: string, fits: readonly Fit[], encoding: RunsEncoding): void {
  const off = fits.filter((one) => !one.fits);
  if (off.length === 0 || off.length < MOST * fits.length) return;
  const [{ line, side }] = off as [Fit];
  const what = encodings[encoding].order === 'rows' ? 'row' : 'column';
  throw inputError(
    `${path}: the runs of ${off.length} of ${fits.length} larger masks follow each other in lines of another length than their pictures have (about ${line} pixels, where a ${what} has ${side}): they seem to be of pictures of another size, or in another order than option runs=${encoding} says (option size=own reads them as they are)`,
  );
}

/** Tells on the first image of labels that have no mask in any row. */
function toldBare(
  { rows }: Table,
  labelIn: (row: Row) => string,
  masked: readonly string[],
  images: readonly Annotated[],
): readonly Annotated[] {
  const said = new Set(
    rows.map(labelIn).filter((label) => label !== '' && !isNothing(label) && !isUnsaid(label)),
  );
  const bare = [...said].filter((label) => !masked.includes(label)).map((label) => `'${label}'`);
  return bare.length === 0
    ? images
    : toldFirst(
        images,
        `no row of ${bare.slice(0, 8).join(', ')}${bare.length > 8 ? ', ...' : ''} has a mask: such rows say that it is not there`,
      );
}
