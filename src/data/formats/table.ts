import { basename } from 'node:path';
import Papa from 'papaparse';
import { inputError } from '../../base/errors.js';
import { limits, readText } from './files.js';
import { tableKind } from './known.js';

/** Cells of a row by column name; a missing cell is the empty string. */
export type Row = Readonly<Record<string, string>>;

export interface Table {
  readonly path: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** What parts its cells; a comma in a number is decimal where it is another mark. */
  readonly delimiter?: string;
}

/** Limits that keep a table within Node's default heap. */
export const tableLimits = { columns: 4096, cells: 8_000_000, name: 1000 };

/** Papa Parse's error codes in plain words. */
const faults: Readonly<Record<string, string>> = {
  MissingQuotes: 'a quote is left open',
  InvalidQuotes: 'a quote ends within a cell',
};

/**
 * Reads a CSV file with a header. Names and cells are trimmed. The delimiter is a comma, semicolon, tab or
 * bar: the most frequent in the header, or that of a first line `sep=;`. Throws for a missing column of
 * `needed`, malformed CSV, an empty file or a table beyond `tableLimits`.
 */
export async function readTable(path: string, needed: readonly string[], what: string): Promise<Table> {
  const { text, delimiter } = separated(await readText(path, what, limits.table));
  const other = otherForm(text);
  if (other !== undefined) throw inputError(`${path}: it is ${other}, no table; expected ${what} (CSV)`);
  checkExtent(text, delimiter, path);
  const named = (names: readonly string[]) => {
    const kind = tableKind(text, names);
    if (kind !== undefined) throw inputError(`${path}: ${kind}`);
  };
  named([]);
  let columns: readonly string[] = [];
  let twice: readonly Repeated[] = [];
  const rows: Row[] = [];
  let read = 0;
  Papa.parse<string[]>(text, {
    delimiter,
    skipEmptyLines: 'greedy',
    step({ data, errors: [fault] }) {
      read++;
      if (fault !== undefined) {
        const why = faults[fault.code] ?? 'it cannot be told apart into cells';
        throw inputError(`${path}: malformed CSV near row ${read} (${why}); expected ${what}`);
      }
      const cells = data.map((cell) => cell.trim());
      if (read === 1) {
        columns = cells;
        named(columns);
        twice = repeated(columns);
      } else {
        checkRow(path, read, columns.length, cells, twice);
        rows.push(Object.fromEntries(columns.map((name, i) => [name, cells[i] ?? ''])));
      }
    },
  });
  if (read === 0) throw inputError(`${path}: is empty; expected ${what}`);
  if (columns.length > tableLimits.columns) throw tooWide(path);
  const long = columns.find((name) => name.length > tableLimits.name);
  if (long !== undefined)
    throw inputError(
      `${path}: a column's name has ${long.length} characters; up to ${tableLimits.name} are read`,
    );
  const missing = needed.filter((name) => !columns.includes(name));
  if (missing.length > 0) {
    throw inputError(`${path}: ${areMissing(missing)}; its columns are ${columns.join(', ')}`);
  }
  return { path, columns, rows, delimiter };
}

/** Says that columns are missing. */
export const areMissing = (names: readonly string[]): string => {
  const which = names.map((name) => `'${name}'`).join(', ');
  return names.length === 1 ? `column ${which} is missing` : `columns ${which} are missing`;
};

/** The form of a text that is no table but begins like JSON, one or one a line, or like XML or HTML. */
function otherForm(text: string): string | undefined {
  const begin = text.trimStart();
  if (/^(\{\s*["}]|\[\s*[{[\]"\d-])/.test(begin)) return 'JSON';
  return /^<[?!a-z]/i.test(begin) ? 'XML or HTML' : undefined;
}

/** A column whose name an earlier one has. */
interface Repeated {
  readonly name: string;
  readonly first: number;
  readonly again: number;
}

function repeated(columns: readonly string[]): Repeated[] {
  const first = new Map<string, number>();
  return columns.flatMap((name, again) => {
    const before = first.get(name);
    if (before === undefined) first.set(name, again);
    return before === undefined || name === '' ? [] : [{ name, first: before, again }];
  });
}

/** Throws where cells have no column, or columns of one name differ. */
function checkRow(
  path: string,
  row: number,
  width: number,
  cells: readonly string[],
  twice: readonly Repeated[],
): void {
  if (cells.length > width && cells.slice(width).some((cell) => cell !== '')) {
    throw inputError(
      `${path}: row ${row} has ${cells.length} cells, the header ${width}; a cell that holds the delimiter needs quotes`,
    );
  }
  const odd = twice.find(({ first, again }) => (cells[first] ?? '') !== (cells[again] ?? ''));
  if (odd !== undefined)
    throw inputError(`${path}: two columns are named '${odd.name}', and differ in row ${row}`);
}

const tooWide = (path: string) =>
  inputError(`${path}: a row has more than the ${tableLimits.columns} cells that are read`);

/** Throws where a row or the table has too many cells, before any cell is allocated. */
function checkExtent(text: string, delimiter: string, path: string): void {
  const [mark, quote, lineFeed, carriageReturn] = [delimiter, '"', '\n', '\r'].map((character) =>
    character.charCodeAt(0),
  );
  let [cells, inRow, begin, isQuoted] = [0, 1, 0, false];
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (isQuoted) {
      if (c !== quote) continue;
      if (text.charCodeAt(at + 1) === quote) at++;
      else isQuoted = false;
    } else if (c === quote) isQuoted = at === begin;
    else if (c === mark) {
      inRow++;
      begin = at + 1;
    } else if (c === lineFeed || c === carriageReturn) {
      cells += inRow;
      inRow = 1;
      begin = at + 1;
    } else continue;
    if (inRow > tableLimits.columns) throw tooWide(path);
    if (cells > tableLimits.cells)
      throw inputError(`${path}: it has more than the ${tableLimits.cells} cells that are read`);
  }
}

/** A cell as a finite number. Throws with the file, the row (the header is row 1) and the column. */
export function numberIn({ path, rows, delimiter = ',' }: Table, row: Row, column: string): number {
  const cell = row[column] ?? '';
  const isDecimal = delimiter !== ',' && /^[-+]?\d+,\d+$/.test(cell);
  const value = cell === '' ? Number.NaN : Number(isDecimal ? cell.replace(',', '.') : cell);
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

/** Whether a cell is empty or marks a missing value. */
export const isEmptyCell = (cell: string | undefined): boolean =>
  /^(|nan|na|#?n\/a|null|none|-)$/i.test(cell ?? '');
