import { createRequire } from 'node:module';
import { environmentError, usageError } from '../base/errors.js';
import { safe } from './plotly.js';
import { FONT, GREY, GRID, INK, RULE, SOFT_INK } from './theme.js';

export type CellValue = string | number | boolean | null | undefined;
export type TableRow = Readonly<Record<string, CellValue>>;

// biome-ignore lint/suspicious/noTsIgnore: where it is installed there is no error to expect
/** @ts-ignore: danfojs-node need not be installed where this package is; then its type is not known. */
export type DataFrame = import('danfojs-node').DataFrame;

const modules = createRequire(__filename);

/**
 * Rows as a danfojs frame, with columns by name; NaN is kept. Throws where a column has the name of a frame's
 * property, such as `shape`, which danfojs would lose, and where danfojs-node is not installed.
 */
export function frameOf(rows: readonly TableRow[]): DataFrame {
  const { columns, values } = gridOf(rows);
  const danfo = danfojs();
  const taken = columns.find((column) => column in danfo.DataFrame.prototype);
  if (taken !== undefined)
    throw usageError(
      `a frame cannot have a column called '${taken}', as its own property is called so: rename the column`,
    );
  return new danfo.DataFrame(values, { columns });
}

// Loading danfojs takes a second, so it is loaded only when a frame is made.
function danfojs(): typeof import('danfojs-node') {
  try {
    modules.resolve('danfojs-node');
  } catch {
    throw environmentError(
      'a frame is one of danfojs-node, which is not installed: npm install danfojs-node',
    );
  }
  return modules('danfojs-node');
}

function gridOf(rows: readonly TableRow[]) {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  if (columns.length === 0) throw usageError('a table needs at least one row with a column');
  return { columns, values: rows.map((row) => columns.map((column) => row[column] ?? null)) };
}

export interface TableOptions {
  readonly caption?: string;
  /** Decimal places of numbers that are not whole. */
  readonly digits?: number;
  /** Columns to show in grey, with the reason, which shows when the pointer is over them. */
  readonly grey?: Readonly<Record<string, string>>;
}

/** Rows, one row, or a danfojs frame as an HTML table; text is escaped, NaN is shown. */
export function tableHtml(table: Table, { caption, digits = 3, grey = {} }: TableOptions = {}): string {
  const { columns, values } = isFrame(table)
    ? { columns: table.columns, values: table.values as CellValue[][] }
    : gridOf(isRows(table) ? table : [table]);
  const numeric = columns.map((_, i) => values.every((row) => typeof (row[i] ?? 0) === 'number'));
  const align = (i: number) => (numeric[i] ? 'right' : 'left');
  const look = (name: string) =>
    Object.hasOwn(grey, name) ? `color:${GREY};" title="${safe(grey[name]!)}"` : '"';
  const head = columns.map(
    (name, i) => `<th style="${CELL}${HEAD}text-align:${align(i)};${look(name)}>${safe(name)}</th>`,
  );
  const body = values.map((row) => {
    const cells = row.map(
      (value, i) =>
        `<td style="${CELL}text-align:${align(i)};${look(columns[i]!)}>${shown(value, digits)}</td>`,
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  return (
    `<table style="${TABLE}">${caption ? `<caption style="${CAPTION}">${safe(caption)}</caption>` : ''}` +
    `<thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table>`
  );
}

/** The fields of a danfojs frame that are read. */
interface Frame {
  readonly columns: readonly string[];
  readonly values: unknown;
}

type Table = Frame | readonly TableRow[] | TableRow;

const isRows = (table: Table): table is readonly TableRow[] => Array.isArray(table);

const isFrame = (table: Table): table is Frame => 'columns' in table && Array.isArray(table.columns);

const family = FONT.replaceAll('"', "'");
const TABLE = `border-collapse:collapse;font:13px ${family};color:${INK};font-variant-numeric:tabular-nums;margin:4px 0;`;
const CELL = `padding:4px 12px;border-bottom:1px solid ${GRID};background:#fff;`;
const HEAD = `font-weight:600;border-bottom:1.5px solid ${RULE};`;
const CAPTION = `text-align:left;padding:4px 12px;color:${SOFT_INK};`;

function shown(value: CellValue, digits: number): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'number') return safe(String(value));
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value).replace('-', '−');
  const small = Math.abs(value) < 0.5 * 10 ** -digits;
  return (small ? value.toExponential(1) : value.toFixed(digits)).replaceAll('-', '−');
}
