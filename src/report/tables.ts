import {
  baselineLines,
  type Column,
  columnsOf,
  marksOf,
  orderedMethods,
  saysNothing,
  shownIn,
  shownInterval,
} from '../benchmark/conclusions.js';
import { methodNotes, reasonOf } from '../benchmark/method-notes.js';
import type { BenchmarkResult, MethodRow, Skipped, SummaryRow } from '../benchmark/rows.js';
import { safe } from '../figures/plotly.js';

/** A table with methods as rows and metrics as columns. */
export function scoreTable(result: BenchmarkResult): string {
  const { summary } = result;
  const columns = columnsOf(summary);
  const nothing = saysNothing(result);
  const heads = columns.map(
    ({ metric, direction }) =>
      `<th${nothing.has(metric) ? ` class="nothing" title="${safe(nothing.get(metric)!)}"` : ''}>${safe(metric).replaceAll('-', '-<wbr>')}<small>${direction === 'none' ? '' : `${direction === 'higher' ? '↑' : '↓'} ${direction} is better`}</small></th>`,
  );
  const body = orderedMethods(summary).map(([method, rows]) => {
    const { family } = rows[0]!;
    const cells = columns.map((column) =>
      cell(
        rows.find(({ metric }) => metric === column.metric),
        column,
        nothing.has(column.metric),
      ),
    );
    return `<tr${family === 'baseline' ? ' class="baseline"' : ''}><td>${safe(method)}</td><td class="family">${family}</td>${cells.join('')}</tr>`;
  });
  return `<table><thead><tr><th>method</th><th>family</th>${heads.join('')}</tr></thead><tbody>${body.join('\n')}</tbody>${chanceRow(columns)}</table>`;
}

function chanceRow(columns: readonly Column[]): string {
  if (columns.every(({ chance }) => chance === null)) return '';
  const cells = columns.map(
    (column) => `<td>${column.chance === null ? '' : shownIn(column, column.chance)}</td>`,
  );
  return `<tfoot><tr title="expected of maps of random values, or measured on those of this run"><td>chance</td><td></td>${cells.join('')}</tr></tfoot>`;
}

export function notesList(methods: readonly MethodRow[]): string {
  const lines = methodNotes(methods);
  if (lines.length === 0) return '';
  return `<p>Maps to be read with care:</p><ul>${lines.map((line) => `<li>${safe(line)}</li>`).join('')}</ul>`;
}

/** What metrics say of how they measured. */
export function metricNotesList({ metricNotes }: Pick<BenchmarkResult, 'metricNotes'>): string {
  if (metricNotes.length === 0) return '';
  return `<p>Metrics to be read with care:</p><ul>${metricNotes.map((line) => `<li>${safe(line)}</li>`).join('')}</ul>`;
}

/** What the model says of the images and of their baselines. */
export function baselineList(result: BenchmarkResult): string {
  const lines = baselineLines(result);
  if (lines.length === 0) return '';
  return `<p>What the model says of the images and of their baselines, on average:</p><ul>${lines.map((line) => `<li>${safe(line)}</li>`).join('')}</ul>`;
}

export function skippedTable(skipped: readonly Skipped[]): string {
  if (skipped.length === 0) return '';
  const rows = skipped.map((row) => `<li><b>${safe(row.method)}</b>: ${safe(reasonOf(row))}</li>`);
  return `<details><summary>${skipped.length} methods do not apply to this model</summary><ul>${rows.join('')}</ul></details>`;
}

const percentOf = (share: number) => `${(100 * share).toFixed(0)} %`;

function cell(row: SummaryRow | undefined, column: Column, nothing: boolean): string {
  if (row === undefined) return '<td></td>';
  if (row.mean === null)
    return `<td class="undefined" title="undefined for all ${row.undefined} images">undefined</td>`;
  const title = [
    `95 % interval ${shownInterval(row.low, row.high, column.decimals)}; ${row.scored} images`,
    ...(row.aboveChance === null
      ? []
      : [`${percentOf(row.aboveChance)} of the way from chance to the best possible score`]),
    ...(row.gain === null
      ? []
      : [
          `better than the best baseline by ${shownIn(column, row.gain)} (${shownInterval(row.gainLow, row.gainHigh, column.decimals)}, not corrected)`,
        ]),
    ...(row.p === null ? [] : [`${row.verdict}, corrected p ${row.p.toPrecision(2)}`]),
    ...(row.undefined > 0 ? [`undefined for ${row.undefined}`] : []),
  ].join('; ');
  const { best, verdict, partly } = marksOf(row, column);
  const marks = [
    ...(nothing ? ['nothing'] : verdict === 'better' || verdict === 'worse' ? [verdict] : []),
    ...(partly ? ['partly'] : []),
  ];
  const text = shownIn(column, row.mean);
  return `<td title="${title}"${marks.length > 0 ? ` class="${marks.join(' ')}"` : ''}>${best && !nothing ? `<b>${text}</b>` : text}</td>`;
}
