import { groupBy } from '../base/groups.js';
import type { BenchmarkResult, MethodRow, Skipped, SummaryRow } from '../benchmark/rows.js';
import { safe } from '../figures/plotly.js';

export interface Column {
  readonly metric: string;
  readonly direction: SummaryRow['direction'];
  /** The best mean of a method that is no baseline. */
  readonly best?: number;
}

export const columnsOf = (summary: readonly SummaryRow[]): Column[] =>
  [...groupBy(summary, ({ metric }) => metric)].map(([metric, rows]) => ({
    metric,
    direction: rows[0]!.direction,
    best: bestOf(rows),
  }));

/** Methods with their rows, sorted by the first metric, best first. */
export function orderedMethods(summary: readonly SummaryRow[]): [string, SummaryRow[]][] {
  const first = summary[0]?.metric;
  const key = (rows: readonly SummaryRow[]) => {
    const row = rows.find(({ metric }) => metric === first);
    if (row?.mean == null) return Number.MAX_VALUE;
    return row.direction === 'lower' ? row.mean : -row.mean;
  };
  return [...groupBy(summary, ({ method }) => method).entries()].sort((a, b) => key(a[1]) - key(b[1]));
}

/** The conclusion in a sentence or two: which methods beat every model-free baseline by the first metric. */
export function verdict({ summary, chosen }: BenchmarkResult): string[] {
  const { metric, direction } = summary[0]!;
  const ordered = orderedMethods(summary).map(([, rows]) => rows.find((row) => row.metric === metric)!);
  const methods = ordered.filter(({ family, mean }) => family !== 'baseline' && mean !== null);
  const baselines = ordered.filter(({ family, mean }) => family === 'baseline' && mean !== null);
  const [best, base] = [methods[0], baselines[0]];
  if (direction === 'none' || best === undefined || base === undefined) return [];
  const better = methods.filter(({ gainLow }) => gainLow !== null && gainLow > 0);
  const worse = methods.filter(({ gainHigh }) => gainHigh !== null && gainHigh < 0);
  return [
    `By ${metric}, ${better.length} of ${methods.length} methods beat every model-free baseline on ${chosen.explained} images, ${worse.length} do worse than the best baseline, and ${methods.length - better.length - worse.length} are inconclusive (95 % CI of the paired difference, patients resampled).`,
    `Best method: ${best.method} with ${scoreText(best)}. Best baseline: ${base.method} with ${scoreText(base)}.`,
  ];
}

const scoreText = ({ mean, low, high }: SummaryRow) =>
  `${mean!.toFixed(3)} (${low!.toFixed(3)} to ${high!.toFixed(3)})`;

/** A table with methods as rows and metrics as columns. */
export function scoreTable({ summary }: BenchmarkResult): string {
  const columns = columnsOf(summary);
  const heads = columns.map(
    ({ metric, direction }) =>
      `<th>${safe(metric).replaceAll('-', '-<wbr>')}<small>${direction === 'none' ? '' : `${direction === 'higher' ? '↑' : '↓'} ${direction} is better`}</small></th>`,
  );
  const body = orderedMethods(summary).map(([method, rows]) => {
    const { family } = rows[0]!;
    const rowOf = (metric: string) => rows.find((row) => row.metric === metric);
    const cells = columns.map(({ metric, best }) => cell(rowOf(metric), best));
    return `<tr${family === 'baseline' ? ' class="baseline"' : ''}><td>${safe(method)}</td><td class="family">${family}</td>${cells.join('')}</tr>`;
  });
  return `<table><thead><tr><th>method</th><th>family</th>${heads.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table>`;
}

/** Counts of defective maps: one line per method that has any. */
export const flawLines = (methods: readonly MethodRow[]): string[] =>
  methods.flatMap(({ method, flaws }) => {
    if (!flaws) return [];
    const { empty, infinite, unexplained } = flaws;
    const said = [
      ...(empty > 0 ? [`${empty} maps are zero everywhere`] : []),
      ...(infinite > 0 ? [`${infinite} maps are not finite`] : []),
      ...(unexplained > 0
        ? [`${unexplained} maps have a residual of at least half of what they should sum to`]
        : []),
    ];
    return [`${method}: ${said.join(', ')}`];
  });

export function flawTable(methods: readonly MethodRow[]): string {
  const lines = flawLines(methods);
  if (lines.length === 0) return '';
  return `<p>Maps to be read with care:</p><ul>${lines.map((line) => `<li>${safe(line)}</li>`).join('')}</ul>`;
}

export function skippedTable(skipped: readonly Skipped[]): string {
  if (skipped.length === 0) return '';
  const rows = skipped.map(({ method, skipped: why }) => `<li><b>${safe(method)}</b>: ${safe(why)}</li>`);
  return `<details><summary>${skipped.length} methods do not apply to this model</summary><ul>${rows.join('')}</ul></details>`;
}

function bestOf(rows: readonly SummaryRow[]): number | undefined {
  const means = rows.flatMap(({ mean, family }) => (mean === null || family === 'baseline' ? [] : [mean]));
  if (means.length === 0 || rows[0]!.direction === 'none') return undefined;
  return rows[0]!.direction === 'lower' ? Math.min(...means) : Math.max(...means);
}

function cell(row: SummaryRow | undefined, best: number | undefined): string {
  if (row === undefined) return '<td></td>';
  if (row.mean === null)
    return `<td class="undefined" title="undefined for all ${row.undefined} images">undefined</td>`;
  const title = [
    `95 % interval ${row.low!.toFixed(3)} to ${row.high!.toFixed(3)}; ${row.scored} images`,
    ...(row.gain === null
      ? []
      : [
          `better than the best baseline by ${row.gain.toFixed(3)} (${row.gainLow!.toFixed(3)} to ${row.gainHigh!.toFixed(3)})`,
        ]),
    ...(row.undefined > 0 ? [`undefined for ${row.undefined}`] : []),
  ].join('; ');
  const marks = [
    ...(row.gainLow !== null && row.gainLow > 0 ? ['better'] : []),
    ...(row.gainHigh !== null && row.gainHigh < 0 ? ['worse'] : []),
    ...(row.undefined > 0 ? ['lost'] : []),
  ];
  const text = row.mean.toFixed(3);
  const own = row.family !== 'baseline' && row.mean === best ? `<b>${text}</b>` : text;
  return `<td title="${title}"${marks.length > 0 ? ` class="${marks.join(' ')}"` : ''}>${own}</td>`;
}
