import type { Archive, Problem } from '../record.js';
import { isUnannotated, TAKEN_AS_NEGATIVES } from '../reformulate/findings.js';
import type { Reformulated } from '../reformulate/reformulation.js';
import type { RowResult } from './chunk.js';
import type { PreparedRow } from './layout.js';
import type { Plan } from './plan.js';

/** The table of the samples that could be read. */
export function tableOf(
  { reformulated, splits }: Plan,
  anatomy: Archive['anatomy'],
  results: readonly RowResult[],
): PreparedRow[] {
  return reformulated.recipes.flatMap((recipe, row) => {
    const result = results[row]!;
    if (result.transform === undefined) return [];
    return {
      row,
      id: recipe.id,
      image: recipe.record.id,
      patient: recipe.record.patient,
      split: splits.get(recipe.id)!,
      labels: recipe.labels,
      value: recipe.value,
      boxes: recipe.boxes,
      mask: result.mask,
      runs: result.runs,
      transform: result.transform,
      spacing: result.spacing,
      anatomy: anatomy && recipe.record.boxes.filter(({ label }) => anatomy.includes(label)),
      site: recipe.record.site,
    };
  });
}

const RANGES = 'images whose black and white are values of their own';
const WINDOWS = 'images shown by the first of their windows';

/** The counts of a prepared set: those of its task, and how its images are shown. */
export const countsOf = (plan: Plan, results: readonly RowResult[]): Readonly<Record<string, number>> => ({
  ...readCounts(plan.reformulated, (row) => results[row]!.transform !== undefined),
  ...rangeCount(plan, results),
  ...windowCount(plan, results),
});

/** The counts of a finished set of the same images, as its task counts now. */
export function recounted(
  counts: Readonly<Record<string, number>>,
  { reformulated }: Plan,
  rows: readonly Pick<PreparedRow, 'row'>[],
): Readonly<Record<string, number>> {
  const read = new Set(rows.map(({ row }) => row));
  const drawn = Object.entries(counts).filter(([what]) => what === RANGES || what === WINDOWS);
  return { ...readCounts(reformulated, (row) => read.has(row)), ...Object.fromEntries(drawn) };
}

/** The counts of a task without samples that could not be read. */
function readCounts(
  { counts, classes, recipes }: Reformulated,
  isRead: (row: number) => boolean,
): Readonly<Record<string, number>> {
  const read: Record<string, number> = { ...counts };
  for (const [row, { labels, record }] of recipes.entries()) {
    if (isRead(row)) continue;
    const counted = [
      ...labels.map((label) => classes[label]!),
      ...(isUnannotated(record) ? [TAKEN_AS_NEGATIVES] : []),
    ];
    for (const name of counted) if (read[name]) read[name]--;
  }
  return read;
}

/** How many images are stretched by their own range of values, where these differ or others have none. */
function rangeCount({ reformulated }: Plan, results: readonly RowResult[]): Readonly<Record<string, number>> {
  const ranges = new Map(
    reformulated.recipes.flatMap(({ record }, row) => {
      const { transform, range } = { range: undefined, ...results[row]! };
      return transform === undefined ? [] : [[record.id, range?.join() ?? ''] as const];
    }),
  );
  if (new Set(ranges.values()).size < 2) return {};
  return { [RANGES]: [...ranges.values()].filter(Boolean).length };
}

/** How many images are shown by the first of several windows. */
function windowCount(
  { reformulated }: Plan,
  results: readonly RowResult[],
): Readonly<Record<string, number>> {
  const shown = reformulated.recipes.flatMap(({ record }, row) => {
    const { windows } = { windows: undefined, ...results[row]! };
    return windows === undefined ? [] : [record.id];
  });
  return shown.length === 0 ? {} : { [WINDOWS]: new Set(shown).size };
}

/** What is told of samples: that they could not be read, or are odd. */
export function problemsOf({ reformulated }: Plan, results: readonly RowResult[]): Problem[] {
  return reformulated.recipes.flatMap(({ id }, row) => {
    const { problem, kind } = { kind: undefined, ...results[row]! };
    return problem === undefined ? [] : [{ image: id, problem, ...(kind && { kind }) }];
  });
}
