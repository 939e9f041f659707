import { inputError } from '../../base/errors.js';
import type { Columns } from './csv-columns.js';
import type { Table } from './table.js';

/**
 * Throws where a label's cell holds whole rows, as between two stray quotes: their images would lose theirs.
 */
export function checkJoined(
  { path, columns, rows, delimiter = ',' }: Table,
  { image, label }: Pick<Columns, 'image' | 'label'>,
): void {
  if (label === undefined) return;
  const place = columns.indexOf(image);
  const isRow = (line: string, name: string) => {
    const cells = line.split(delimiter);
    return cells.length === columns.length && shapeOf(cells[place]!) === shapeOf(name);
  };
  const at = rows.findIndex((row) =>
    (row[label] ?? '')
      .split(/\r\n|\r|\n/)
      .slice(1, -1)
      .some((line) => isRow(line, row[image] ?? '')),
  );
  if (at >= 0)
    throw inputError(
      `${path}, row ${at + 2}, column '${label}': its cell holds whole rows ('${rows[at]![label]!.slice(0, 20)}...'), as where a quote is left open: remove the quote`,
    );
}

/** A name with one letter for each word and one digit for each number. */
const shapeOf = (name: string): string =>
  name
    .trim()
    .replaceAll(/\p{L}+/gu, 'a')
    .replaceAll(/\d+/g, '0');
