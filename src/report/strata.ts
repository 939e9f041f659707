import { groupBy } from '../base/groups.js';
import { orderedMethods, shownInterval, shownNumber } from '../benchmark/conclusions.js';
import type { BenchmarkResult, StratumRow } from '../benchmark/rows.js';
import { safe } from '../figures/plotly.js';

/** Mean scores by the first metric within strata of the images: methods as rows, strata as columns. */
export function strataHtml({ strata, summary }: Pick<BenchmarkResult, 'strata' | 'summary'>): string {
  const metric = summary[0]!.metric;
  const own = strata.filter((row) => row.metric === metric);
  if (own.length === 0) return '';
  const columns = [...groupBy(own, ({ by, stratum }) => `${by}\n${stratum}`).values()];
  const divisions = [...groupBy(columns, ([first]) => first!.by)];
  const above = divisions.map(([by, of]) => `<th colspan="${of.length}">${safe(by)}</th>`);
  const heads = columns.map(
    ([first]) =>
      `<th>${safe(first!.stratum)}<small>${first!.images} images, ${first!.patients} patients</small></th>`,
  );
  const body = orderedMethods(summary).map(([method, [first]]) => {
    const cells = columns.map((column) => cell(column.find((row) => row.method === method)));
    return `<tr${first!.family === 'baseline' ? ' class="baseline"' : ''}><td>${safe(method)}</td>${cells.join('')}</tr>`;
  });
  return `<h2>Where it is better and worse</h2>
<p>Means of ${safe(metric)} within strata of the explained images; hover a number for its interval. Small strata say little, and
none of these differences is tested.</p>
<div class="wide"><table class="strata"><thead><tr><th></th>${above.join('')}</tr><tr><th>method</th>${heads.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

function cell(row: StratumRow | undefined): string {
  if (row?.mean == null) return '<td class="undefined">undefined</td>';
  const holes = row.undefined > 0 ? `; undefined for ${row.undefined}` : '';
  return `<td title="95 % interval ${shownInterval(row.low, row.high)}${holes}">${shownNumber(row.mean)}</td>`;
}
