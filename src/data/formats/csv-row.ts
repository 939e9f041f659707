import { inputError } from '../../base/errors.js';
import { cornerBox, type Fault, ordered } from './boxes.js';
import type { Columns } from './csv-columns.js';
import { hasRuns } from './runs.js';
import { isEmptyCell, numberIn, type Row, type Table } from './table.js';

const yes = /^(1(\.0*)?|true|yes|y|positive|present)$/i;
const no = /^(0(\.0*)?|false|no|n|negative|absent)$/i;

/** Whether labels say yes and no alone, so that they name no finding. */
export const areAnswers = (labels: readonly string[]): boolean =>
  labels.some((label) => no.test(label)) &&
  labels.every((label) => label === '' || yes.test(label) || no.test(label));

/** The finding that a label of yes or no states. */
export const findingOf = (answer: string): string => (yes.test(answer) ? 'finding' : 'no finding');

/** Reads a row's label. Where all labels say yes or no, and no box belongs to a no, they name no finding. */
export function labelReader(
  { path, rows }: Table,
  { label: column, box, runs }: Columns,
): (row: Row) => string {
  if (column === undefined) return () => '';
  const isPlaced = (row: Row) =>
    box.some((name) => !isEmptyCell(row[name]) && Number(row[name]) !== 0) ||
    (runs !== undefined && hasRuns(row[runs]));
  const told = (row: Row) => (isEmptyCell(row[column]) ? '' : row[column]!);
  const cells = rows.map(told);
  const isAnswer = areAnswers(cells) && cells.every((cell, i) => !(no.test(cell) && isPlaced(rows[i]!)));
  const named = cells.filter((cell) => cell !== '');
  if (named.some((cell) => /^(\[\s*)?\{\s*"/.test(cell)))
    throw inputError(
      `${path}: column '${column}' holds JSON, as tables of Label Studio and Labelbox do; export it there as COCO, Pascal VOC or YOLO, or write the name of the finding alone`,
    );
  if (
    box.length === 0 &&
    runs === undefined &&
    !isAnswer &&
    named.some((cell) => !Number.isNaN(Number(cell)))
  )
    throw inputError(
      `${path}: column '${column}' holds numbers (${[...new Set(named)].sort().slice(0, 8).join(', ')}), which do not say what is found; write a word for each, and 'no finding' for the one that means nothing`,
    );
  return (row) => {
    const cell = told(row);
    return !isAnswer || cell === '' ? cell : findingOf(cell);
  };
}

/** The box of a row; `undefined` where all four cells are empty. Swapped corners are sorted with a fault. */
export function boxOf(
  table: Table,
  row: Row,
  label: string,
  { box, form }: Pick<Columns, 'box' | 'form'>,
  faults: Fault[] = [],
) {
  if (box.every((column) => isEmptyCell(row[column]))) return undefined;
  const numbers = box.map((column) => numberIn(table, row, column)) as [number, number, number, number];
  if (form === 'size') {
    const [x, y, width, height] = numbers;
    return { label, x, y, width, height };
  }
  if (form === 'centre') {
    const [x, y, width, height] = numbers;
    return { label, x: x - width / 2, y: y - height / 2, width, height };
  }
  const ends = ordered(label, numbers);
  faults.push(...ends.faults);
  return cornerBox(label, ends.corners);
}

/** The image's size where all its rows state the same. */
export function statedSize(
  rows: readonly Row[],
  { size }: Columns,
): { readonly width?: number; readonly height?: number } {
  if (size === undefined) return {};
  const [width, height] = size.map((column) => new Set(rows.map((row) => Number(row[column] || Number.NaN))));
  const [[w] = [], [h] = []] = [[...width!], [...height!]];
  const isSaid =
    width!.size === 1 && height!.size === 1 && [w, h].every((side) => Number.isInteger(side) && side! > 0);
  return isSaid ? { width: w!, height: h! } : {};
}
