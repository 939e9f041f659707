import { shownNumber } from '../benchmark/conclusions.js';
import { type MetaScore, readMeta } from '../benchmark/meta/read.js';
import type { BenchmarkResult, MetricTrust } from '../benchmark/rows.js';
import { agreementFigure } from '../figures/agreement.js';
import { figureHtml, safe } from '../figures/plotly.js';

const kinds: Readonly<Record<MetricTrust['earns'], string>> = {
  column: 'earns its column',
  doubt: 'read with doubt',
  nothing: 'says nothing here',
  unknown: 'not known',
};

/** What each metric of the run is worth on its model, and how far every two rank methods alike. */
export async function trustHtml({
  out,
  trust,
  agreement,
}: Pick<BenchmarkResult, 'out' | 'trust' | 'agreement'>): Promise<string> {
  const meta = await readMeta(out);
  const heads = meta.length === 0 ? '' : '<th>noise on images</th><th>noise on weights</th>';
  const rows = trust.map(
    ({ metric, earns, why }) =>
      `<tr${earns === 'nothing' ? ' class="nothing"' : ''}><td>${safe(metric)}</td><td>${kinds[earns]}</td>${metaCells(metric, meta)}<td class="why">${safe(why.replace(`${metric} `, ''))}</td></tr>`,
  );
  const figure =
    agreement.metrics.length < 2
      ? ''
      : `<p>Kendall's tau of the methods' mean scores by every two metrics, each turned so that greater is better: 1 is the same ranking,
0 an unrelated one. Metrics of one block measure the same thing; count them once.</p>
<div class="wide">${figureHtml(agreementFigure(agreement), 'agreement')}</div>`;
  return `<p>A metric earns a column where it tells methods from random maps on this model (sign-flip tests, 5&nbsp;% by Holm's correction),
puts most of them ahead, and reads the annotation or ranks methods as the annotation does. Columns that tell none from random maps are grey. ${metaText(meta)}</p>
<div class="wide"><table><thead><tr><th>metric</th><th>verdict</th>${heads}<th class="why">because it</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
${figure}`;
}

const metaText = (meta: readonly MetaScore[]) =>
  meta.length === 0
    ? 'Whether a metric stays calm under noise and reacts where it should is measured by <code>sightline meta-evaluate</code>, and then shown here.'
    : 'Noise: the mean of four consistencies (MetaQuantus), whether scores and ranks stay where images or weights change a little, and react where the prediction changes; 0.5 is what a metric gets that never changes, or that draws its scores.';

function metaCells(metric: string, meta: readonly MetaScore[]): string {
  if (meta.length === 0) return '';
  return (['input', 'model'] as const)
    .map((setting) => {
      const found = meta.find((one) => one.metric === metric && one.setting === setting);
      const text =
        found === undefined ? '' : Number.isNaN(found.score) ? 'undefined' : shownNumber(found.score);
      return `<td>${text}</td>`;
    })
    .join('');
}
