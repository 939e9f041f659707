import { overlay, overlayUri } from '../figures/overlay.js';
import { safe } from '../figures/plotly.js';
import { type Definition, definitions } from './definitions/definition.js';
import { countsOf, countText, type ProblemImportance } from './importance.js';

/** What the definitions say of one problem. */
export interface Named extends ProblemImportance {
  readonly problem: string;
}

const picture = (values: readonly number[], { height, width }: ProblemImportance, alt: string) => {
  const map = { data: Float32Array.from(values), shape: [height, width] };
  return `<img src="${overlayUri(overlay(map, { colours: 'diverging' }), 1, false)}" alt="${safe(alt)}">`;
};

/** The part of a suite's page that says which pixels each definition of importance calls important. */
export function definitionsHtml(problems: readonly Named[]): string {
  const support = `<tr><td>generative support</td>${problems
    .map((one) => {
      const cause = one.support.filter((share) => share > 0).length;
      return `<td class="map">${picture(one.support, one, 'generative support')}<small>${cause} of ${one.support.length}</small></td>`;
    })
    .join('')}</tr>`;
  const rows = definitions.map(({ name }) => {
    const cells = problems.map((one) => {
      const { cause, others } = countsOf(one, name);
      const scores = one.found.find(({ definition }) => definition === name)!.scores;
      return `<td class="map">${picture(scores, one, name)}<small>cause ${countText(cause)}<br>others ${countText(others)}</small></td>`;
    });
    return `<tr><td>${safe(name)}</td>${cells.join('')}</tr>`;
  });
  return `<h2>What is important? It depends on the definition</h2>
<p>Each definition is estimated from the images and their classes alone, without a model. The pictures show its scores; the counts say
how many pixels it calls important, of those of the cause and of all others: whose score is above the greatest one in 38 of 39 shuffles of
the classes.</p>
<div class="wide"><table><thead><tr><th>definition</th>${problems.map(({ problem }) => `<th>${safe(problem)}</th>`).join('')}</tr></thead>
<tbody>${[support, ...rows].join('\n')}</tbody></table></div>
<dl><dt>generative support</dt><dd>The class changes the pixel, by construction. Fails where the change cannot be seen.</dd>
${definitions.map(explained).join('\n')}</dl>`;
}

const explained = ({ name, statement, estimator, failure, source }: Definition) =>
  `<dt>${safe(name)}</dt><dd>${safe(statement)} Estimated by: ${safe(estimator)} Fails: ${safe(failure)} (${safe(source)})</dd>`;
