import { parquetWriteBuffer } from 'hyparquet-writer';
import Papa from 'papaparse';
import { writeWhole } from '../base/files.js';

/** Text that a spreadsheet would run as a formula; a number is none. */
const formula = /^(?![+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$)[=+\-@\t\r]/i;

type Cell = string | number | null | undefined;

/** Writes rows to `<path>.csv` and `<path>.parquet`. A missing cell is empty in CSV and null in Parquet. */
export async function writeTable<Row extends { readonly [K in keyof Row]: Cell }>(
  path: string,
  given: readonly Row[],
): Promise<void> {
  const rows: readonly Readonly<Record<string, Cell>>[] = given;
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const csv = Papa.unparse(
    { fields: names, data: rows.map((row) => names.map((name) => row[name] ?? '')) },
    { newline: '\n', escapeFormulae: formula },
  );
  await writeWhole(`${path}.csv`, `${csv}\n`);
  const columnData = names.map((name) => {
    const cells = rows.map((row) => row[name] ?? null);
    const numeric = cells.every((cell) => typeof cell !== 'string');
    return numeric
      ? { name, data: cells, type: 'DOUBLE' as const, nullable: true }
      : {
          name,
          data: cells.map((cell) => (cell === null ? null : String(cell))),
          type: 'STRING' as const,
          nullable: true,
        };
  });
  await writeWhole(`${path}.parquet`, new Uint8Array(parquetWriteBuffer({ columnData })));
}
