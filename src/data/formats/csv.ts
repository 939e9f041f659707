import { inputError, usageError } from '../../base/errors.js';
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

/** Names that a column has where it is not said which it is, in small letters and without marks between. */
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
  label: ['label', 'class', 'classname', 'finding', 'findinglabel', 'category'],
  x: ['x', 'left'],
  y: ['y', 'top'],
  width: ['width', 'w'],
  height: ['height', 'h'],
  xmin: ['xmin', 'x1', 'left'],
  ymin: ['ymin', 'y1', 'top'],
  xmax: ['xmax', 'x2', 'right'],
  ymax: ['ymax', 'y2', 'bottom'],
};
const corners = ['xmin', 'ymin', 'xmax', 'ymax'] as const;
const sides = ['x', 'y', 'width', 'height'] as const;

/**
 * Which of a table's columns is which: as `given` says, `image=file,label=class,xmin=x1,...`, and by their
 * usual names where it does not. Throws on an unknown key and where an image or a box has no column.
 */
export function columnsOf({ columns, path }: Pick<Table, 'columns' | 'path'>, given: string): Columns {
  const named = namesFrom(given);
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const find = (key: string) =>
    named.has(key)
      ? columns.find((column) => column === named.get(key))
      : columns.find((column) => usual[key]!.includes(plain(column)));
  const lacks = (keys: readonly string[]) => keys.filter((key) => find(key) === undefined);
  const form =
    corners.some((key) => named.has(key)) || (lacks(corners).length === 0 && lacks(sides).length > 0)
      ? 'corners'
      : 'size';
  const box = form === 'corners' ? corners : sides;
  const missing = lacks(['image', ...box, ...(named.has('label') ? ['label'] : [])]);
  if (missing.length > 0) {
    const which = missing.map((key) => `'${named.get(key) ?? key}'`).join(', ');
    throw inputError(
      `${path}: column ${which} is missing; its columns are ${columns.join(', ')}; option columns says which is which (image=..., label=..., ${box.map((key) => `${key}=...`).join(', ')})`,
    );
  }
  return {
    image: find('image')!,
    label: find('label'),
    box: box.map((key) => find(key)!) as [string, string, string, string],
    form,
  };
}

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
 * Reads boxes from a CSV file, one a row, of the columns that `columnsOf` finds; a row without any position
 * says that its image was looked at and has none there. Without a label column every box is a `finding`.
 */
export async function readCsvBoxes(path: string, given: string): Promise<Annotations> {
  const table = await readTable(path, [], 'a table of boxes');
  const columns = columnsOf(table, given);
  const images = [...groupBy(table.rows, (row) => row[columns.image] ?? '')].map(([file, rows]) => ({
    file,
    boxes: rows.flatMap((row) => {
      const label = (columns.label !== undefined && row[columns.label]) || 'finding';
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
