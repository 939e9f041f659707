import { inputError } from '../../base/errors.js';
import { namesFrom } from './csv-columns.js';
import type { Table } from './table.js';

/**
 * The table with one column of labels in place of those that `label=a|b` of option columns names: each is a
 * finding, and says by 1 or 0 whether an image shows it. Other tables stay as they are.
 */
export function withMarks(table: Table, given: string): Table {
  const { path, columns, rows } = table;
  const name = namesFrom(given).get('label') ?? '';
  const marks = name.split(JOINT).map((part) => part.trim());
  if (marks.length < 2 || columns.includes(name)) return table;
  const missing = marks.find((mark) => !columns.includes(mark));
  if (missing !== undefined)
    throw inputError(`${path}: column '${missing}' is missing; its columns are ${columns.join(', ')}`);
  const labelled = rows.map((row, i) => {
    const shown = marks.filter((mark) => isShown(row[mark] ?? '', `${path}, row ${i + 2}, column '${mark}'`));
    return { ...row, [name]: shown.length === 0 ? 'no finding' : shown.join(JOINT) };
  });
  return { ...table, columns: [...columns.filter((one) => !marks.includes(one)), name], rows: labelled };
}

/** The findings that a label of `withMarks` joins. */
export const markedIn = (label: string): readonly string[] => label.split(JOINT);

const JOINT = '|';

function isShown(cell: string, place: string): boolean {
  const [, mark] = /^([01])(?:\.0*)?$/.exec(cell) ?? [];
  if (mark === undefined)
    throw inputError(
      `${place}: "${cell}" is neither 0 nor 1: write 0 where nothing is found, or leave the row out`,
    );
  return mark === '1';
}
