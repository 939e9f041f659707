import type { Fault } from './boxes.js';
import type { Annotated } from './collect.js';
import type { Columns } from './csv-columns.js';
import { isNothing } from './nothing.js';
import { splitNamed, splitWords } from './split-names.js';
import { isEmptyCell, type Row, type Table } from './table.js';

/** What else may say whose images are. */
export const OTHER = ' (option columns: patient=COLUMN takes another column)';

/** Whether a table states the split of some images. */
export const statesSplit = ({ rows }: Table, { split }: Columns): boolean =>
  rows.some((row) => split && row[split]);

/** Whose an image is and in which split, by its rows, with what is missing. */
export function ownerOf(
  rows: readonly Row[],
  columns: Columns,
  isSplit: boolean,
): { readonly said: Pick<Annotated, 'patient' | 'group' | 'split'>; readonly faults: readonly Fault[] } {
  const own = (column: string | undefined) =>
    column && rows.map((row) => row[column]).find((cell) => !isEmptyCell(cell));
  const [patient, group, said] = [own(columns.patient), own(columns.group), own(columns.split)];
  const split = splitNamed(said ?? '');
  const faults: Fault[] = [];
  if (columns.patient && patient === undefined)
    faults.push({ kind: 'no-patient', problem: `column '${columns.patient}' names no patient for it` });
  if (isSplit && split === undefined) {
    const why =
      said === undefined
        ? 'no split is stated for it'
        : `column '${columns.split}' states a split for it that is none of ${splitWords}`;
    faults.push({ kind: 'no-split', problem: `${why}: no stated split is followed` });
  }
  return { said: { ...(patient && { patient }), ...(group && { group }), ...(split && { split }) }, faults };
}

/** What the rows of one image contradict each other in. The first patient and split, and findings, count. */
export function contradictions(
  rows: readonly Row[],
  { patient, split }: Columns,
  stated: readonly string[],
): Fault[] {
  const told = ([patient, split] as const).flatMap((column) => {
    const cells = column === undefined ? [] : rows.flatMap((row) => row[column] || []);
    const other = [...new Set(cells)][1];
    return other === undefined ? [] : [`its rows differ in column '${column}'; the first counts`];
  });
  const labels = stated.filter((label) => label !== '');
  const isBoth = labels.some(isNothing) && !labels.every(isNothing);
  const both = isBoth ? ['its rows state a finding and that there is none; the finding counts'] : [];
  return [...told, ...both].map((problem) => ({ kind: 'inconsistent', problem }));
}
