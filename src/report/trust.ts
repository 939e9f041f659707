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
export function trustHtml({ trust, agreement }: Pick<BenchmarkResult, 'trust' | 'agreement'>): string {
  const rows = trust.map(
    ({ metric, earns, why }) =>
      `<tr${earns === 'nothing' ? ' class="nothing"' : ''}><td>${safe(metric)}</td><td>${kinds[earns]}</td><td class="why">${safe(why.replace(`${metric} `, ''))}</td></tr>`,
  );
  const figure =
    agreement.metrics.length < 2
      ? ''
      : `<p>Kendall's tau of the methods' mean scores by every two metrics, each turned so that greater is better: 1 is the same ranking,
0 an unrelated one. Metrics of one block measure the same thing; count them once.</p>
<div class="wide">${figureHtml(agreementFigure(agreement), 'agreement')}</div>`;
  return `<p>A metric earns a column where it tells methods from random maps on this model (sign-flip tests, 5&nbsp;% by Holm's correction),
and reads the annotation or ranks methods as the annotation does. The columns of the others are grey.</p>
<div class="wide"><table><thead><tr><th>metric</th><th>verdict</th><th class="why">because it</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
${figure}`;
}
