import { basename } from 'node:path';
import Papa from 'papaparse';
import { inputError } from '../../base/errors.js';
import { limits, readText } from './files.js';

/** Cells of a row by column name; a missing cell is the empty string. */
export type Row = Readonly<Record<string, string>>;

export interface Table {
  readonly path: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

const maxRows = 10_000_000;

/**
 * Reads a CSV file with a header. Names and cells are trimmed. The delimiter is a comma, semicolon, tab or
 * bar: the most frequent in the header, or that of a first line `sep=;`. Throws for a missing column of
 * `needed`, malformed CSV, an empty file or too many rows.
 */
export async function readTable(path: string, needed: readonly string[], what: string): Promise<Table> {
  const { text, delimiter } = separated(await readText(path, what, limits.table));
  const { data, errors } = Papa.parse<string[]>(text, { delimiter, skipEmptyLines: 'greedy' });
  const [fault] = errors;
  if (fault !== undefined) {
    throw inputError(
      `${path}: malformed CSV near row ${(fault.row ?? 0) + 1} (${fault.message}); expected ${what}`,
    );
  }
  const [header, ...cells] = data;
  if (header === undefined) throw inputError(`${path}: is empty; expected ${what}`);
  if (cells.length > maxRows) throw inputError(`${path}: ${cells.length} rows, more than ${maxRows}`);
  const columns = header.map((name) => name.trim());
  const missing = needed.filter((name) => !columns.includes(name));
  if (missing.length > 0) {
    throw inputError(
      `${path}: column ${missing.map((m) => `'${m}'`).join(', ')} is missing; its columns are ${columns.join(', ')}`,
    );
  }
  const rows = cells.map((row) =>
    Object.fromEntries(columns.map((name, i) => [name, (row[i] ?? '').trim()])),
  );
  return { path, columns, rows };
}

/** A cell as a finite number. Throws with the file, the row (the header is row 1) and the column. */
export function numberIn({ path, rows }: Table, row: Row, column: string): number {
  const cell = row[column] ?? '';
  const value = cell === '' ? Number.NaN : Number(cell);
  if (Number.isFinite(value)) return value;
  const place = `${basename(path)}, row ${rows.indexOf(row) + 2}, column '${column}'`;
  throw inputError(`${place}: ${JSON.stringify(cell.slice(0, 40))} is no number`);
}

/** Splits off Excel's `sep=` line and determines the delimiter. */
function separated(text: string): { readonly text: string; readonly delimiter: string } {
  const [line, said] = /^"?sep=(.)"?[ \t]*\r?\n/i.exec(text) ?? [];
  if (line !== undefined) return { text: text.slice(line.length), delimiter: said! };
  const header = text.slice(0, text.search(/[\r\n]|$/));
  const count = (mark: string) => header.split(mark).length;
  return {
    text,
    delimiter: [',', ';', '\t', '|'].reduce((best, mark) => (count(mark) > count(best) ? mark : best)),
  };
}
