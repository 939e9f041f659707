import type { BenchmarkResult } from '../benchmark/rows.js';
import { namesUsed } from '../benchmark/used.js';
import { safe } from '../figures/plotly.js';
import { citationsOf, isCitable } from '../literature/cite.js';
import { citeAs } from '../literature/cite-as.js';
import { loadLiterature } from '../literature/literature.js';

/** A button that shows the references of all that a run used, in APA style and as BibTeX. */
export async function citationsHtml({ out }: Pick<BenchmarkResult, 'out'>): Promise<string> {
  const references = citationsOf((await namesUsed(out)).filter(isCitable), loadLiterature());
  if (references.length === 0) return '';
  const [apa, bibtex] = [await citeAs(references, 'apa'), await citeAs(references, 'bibtex')];
  return `<button popovertarget="cite">Cite what this run used</button>
<section id="cite" popover>
<h2>What this run used</h2>
<p>${references.length} references for its methods, metrics, data and network. A click on the BibTeX selects all of it.</p>
${apa
  .split('\n')
  .map((text) => `<p class="reference">${safe(text)}</p>`)
  .join('\n')}
<pre class="bibtex">${safe(bibtex)}</pre>
</section>`;
}
