import { groupBy } from '../base/groups.js';
import type { Skipped } from '../benchmark/explain.js';
import type { SummaryRow } from '../benchmark/rows.js';
import type { BenchmarkResult } from '../benchmark/run.js';
import { safe } from '../figures/html.js';

/** Methods as rows and metrics as columns, best first by the first metric. */
export function scoreTable({ summary }: BenchmarkResult): string {
  const metrics = [...groupBy(summary, ({ metric }) => metric).entries()];
  const best = new Map(metrics.map(([metric, rows]) => [metric, bestOf(rows)]));
  const head = metrics.map(
    ([metric, [row]]) =>
      `<th>${safe(metric)}<small>${row!.direction === 'none' ? '' : `${row!.direction} is better`}</small></th>`,
  );
  const body = orderedMethods(summary).map(([method, rows]) => {
    const { family } = rows[0]!;
    const cells = metrics.map(([metric]) =>
      cell(
        rows.find((row) => row.metric === metric),
        best.get(metric),
      ),
    );
    return `<tr${family === 'baseline' ? ' class="baseline"' : ''}><td>${safe(method)}</td><td class="family">${family}</td>${cells.join('')}</tr>`;
  });
  return `<table><thead><tr><th>method</th><th>family</th>${head.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table>`;
}

export function skippedTable(skipped: readonly Skipped[]): string {
  if (skipped.length === 0) return '';
  const rows = skipped.map(({ method, skipped: why }) => `<li><b>${safe(method)}</b>: ${safe(why)}</li>`);
  return `<details><summary>${skipped.length} methods do not apply to this model</summary><ul>${rows.join('')}</ul></details>`;
}

/** Methods with their rows, best first by the first metric that has a direction. */
export function orderedMethods(summary: readonly SummaryRow[]): [string, SummaryRow[]][] {
  const first = summary[0]?.metric;
  const key = (rows: readonly SummaryRow[]) => {
    const row = rows.find(({ metric }) => metric === first);
    if (row?.mean == null) return Number.POSITIVE_INFINITY;
    return row.direction === 'lower' ? row.mean : -row.mean;
  };
  return [...groupBy(summary, ({ method }) => method).entries()].sort((a, b) => key(a[1]) - key(b[1]));
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
  const lost = row.undefined > 0 ? `; undefined for ${row.undefined}` : '';
  const title = `95 % CI ${row.low!.toFixed(3)} to ${row.high!.toFixed(3)}; ${row.scored} images${lost}`;
  const text = row.mean.toFixed(3);
  return `<td title="${title}"${lost && ' class="lost"'}>${row.mean === best ? `<b>${text}</b>` : text}</td>`;
}
