import type { Work } from './literature.js';

/** Works counted by two of their properties. */
export interface WorkCounts {
  /** Values of the first property, the most frequent first. */
  readonly rows: readonly string[];
  /** Values of the second property: years in order, others the most frequent first. */
  readonly columns: readonly string[];
  /** Counts that are not zero, and how many of the works compare explanations with experts. */
  readonly cells: readonly {
    readonly row: string;
    readonly column: string;
    readonly count: number;
    readonly compared: number;
  }[];
}

/** Years before this one share a column. */
const FIRST_YEAR = 2014;
const EARLIER = `< ${FIRST_YEAR}`;

const yearOf = ({ year }: Work) => (year < FIRST_YEAR ? EARLIER : String(year));

function years(works: readonly Work[]): string[] {
  const last = Math.max(...works.map(({ year }) => year));
  const later = Array.from({ length: last - FIRST_YEAR + 1 }, (_, i) => String(FIRST_YEAR + i));
  return works.some(({ year }) => year < FIRST_YEAR) ? [EARLIER, ...later] : later;
}

/** Families of works that are not about explanations. */
const BACKGROUND: readonly string[] = ['data', 'network'];

const familiesOf = ({ families }: Work) => families.filter((family) => !BACKGROUND.includes(family));

/** Works by family and year. */
export const familiesByYear = (works: readonly Work[]): WorkCounts =>
  counted(works, familiesOf, yearOf, years(works));

/** Works by family and modality. */
export const familiesByModality = (works: readonly Work[]): WorkCounts =>
  counted(works, familiesOf, ({ modality }) => modality, frequent(works.map(({ modality }) => modality)));

/** Works by metric and year, for metrics that at least `least` works use. */
export function metricsByYear(works: readonly Work[], least = 2): WorkCounts {
  const uses = tally(works.flatMap(({ metrics }) => metrics));
  const usual = ({ metrics }: Work) => metrics.filter((metric) => uses.get(metric)! >= least);
  return counted(works, usual, yearOf, years(works));
}

function counted(
  works: readonly Work[],
  rowsOf: (work: Work) => readonly string[],
  columnOf: (work: Work) => string,
  columns: readonly string[],
): WorkCounts {
  const rows = frequent(works.flatMap(rowsOf));
  const cells = rows.flatMap((row) => {
    const own = works.filter((work) => rowsOf(work).includes(row));
    return columns.flatMap((column) => {
      const here = own.filter((work) => columnOf(work) === column);
      const compared = here.filter(({ expertAnnotation }) => expertAnnotation !== null).length;
      return here.length === 0 ? [] : [{ row, column, count: here.length, compared }];
    });
  });
  return { rows, columns, cells };
}

function tally(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Distinct values, the most frequent first, then by name. */
const frequent = (values: readonly string[]): string[] =>
  [...tally(values)].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([value]) => value);
