import { usageError } from '../../base/errors.js';
import { cornerBox } from './boxes.js';
import { type Annotations, labelsOf } from './collect.js';
import { groupBy } from './files.js';
import { numberIn, type Row, readTable, type Table } from './table.js';

/** Which column says what. Boxes are `x, y, width, height`, or two corners whose difference is the size. */
export interface Columns {
  readonly image: string;
  readonly label?: string;
  readonly box: readonly [string, string, string, string];
  readonly form: 'size' | 'corners';
}

const keys = ['image', 'label', 'x', 'y', 'width', 'height', 'xmin', 'ymin', 'xmax', 'ymax'];

/**
 * Columns from `image=file,label=class,xmin=x1,...`; what is left out keeps its own name. Throws on an
 * unknown key.
 */
export function columnsFrom(given: string): Columns {
  const names = new Map<string, string>();
  for (const part of given.split(',').filter((text) => text.trim() !== '')) {
    const [key = '', column = ''] = part.split('=').map((text) => text.trim());
    if (!keys.includes(key) || column === '') {
      throw usageError(`columns got '${part.trim()}'; it takes key=column with a key of ${keys.join(', ')}`);
    }
    names.set(key, column);
  }
  const name = (key: string) => names.get(key) ?? key;
  const corners = ['xmin', 'ymin', 'xmax', 'ymax'];
  const form = corners.some((key) => names.has(key)) ? 'corners' : 'size';
  const [a, b, c, d] = form === 'corners' ? corners : ['x', 'y', 'width', 'height'];
  return { image: name('image'), label: name('label'), box: [name(a!), name(b!), name(c!), name(d!)], form };
}

/**
 * Reads boxes from a CSV file, one a row; a row without any position says that its image was looked at and
 * has none there. Without a label column every box is a `finding`.
 */
export async function readCsvBoxes(path: string, columns: Columns): Promise<Annotations> {
  const table = await readTable(path, [columns.image, ...columns.box], 'a table of boxes');
  const labelled = columns.label !== undefined && table.columns.includes(columns.label);
  const images = [...groupBy(table.rows, (row) => row[columns.image] ?? '')].map(([file, rows]) => ({
    file,
    boxes: rows.flatMap((row) => {
      const label = (labelled && row[columns.label!]) || 'finding';
      return boxOf(table, row, label, columns) ?? [];
    }),
    regions: [],
  }));
  return { labels: labelsOf(images), images };
}

/** The box of a row; `undefined` where all four cells are empty. */
export function boxOf(table: Table, row: Row, label: string, { box, form }: Pick<Columns, 'box' | 'form'>) {
  if (box.every((column) => row[column] === '')) return undefined;
  const [a, b, c, d] = box.map((column) => numberIn(table, row, column)) as [number, number, number, number];
  return form === 'corners' ? cornerBox(label, [a, b, c, d]) : { label, x: a, y: b, width: c, height: d };
}
