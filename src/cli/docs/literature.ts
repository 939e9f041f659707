import { readFileSync } from 'node:fs';
import type { Paper } from '../../base/paper.js';
import { evidenceSvg } from '../../figures/evidence.js';
import { familiesByModality, familiesByYear, metricsByYear } from '../../literature/counts.js';
import { referenceOf } from '../../literature/csl.js';
import { apaEntries, bibtexOf } from '../../literature/format.js';
import type { Literature, Work } from '../../literature/literature.js';
import { literatureJsonSchema } from '../../literature/schemas.js';
import { worksOf } from '../../literature/works-of.js';
import { page, plain } from './markdown.js';

/** Pages, pictures and files that are written from the tables of the literature, by path. */
export const literaturePages = ({ works }: Literature): Readonly<Record<string, string>> => ({
  'docs/references.md': referencesPage(works),
  'docs/references.bib': `${bibtexOf(works.map(referenceOf))}\n`,
  'docs/review.md': reviewWithLinks(readFileSync('docs/review.md', 'utf8'), works),
  'docs/pictures/literature-timeline.svg': evidenceSvg(familiesByYear(works)),
  'docs/pictures/literature-evidence.svg': evidenceSvg(familiesByModality(works)),
  'docs/pictures/literature-metrics.svg': evidenceSvg(metricsByYear(works)),
  'data/literature/schema.json': `${JSON.stringify(literatureJsonSchema(), null, 2)}\n`,
});

/** The sentence of a method's or metric's section on the works behind it. */
export function worksLine(
  works: readonly Work[],
  member: { readonly name: string; readonly paper?: Paper },
  studied: 'methods' | 'metrics',
): string[] {
  const [first, ...others] = worksOf(works, member, studied);
  if (first === undefined) return [];
  const count = others.length === 0 ? '' : ` and ${others.length} more`;
  return [
    `In the literature: [${first.key}](references.md#${first.key})${count} (\`sightline cite ${member.name}${others.length === 0 ? '' : ' --all'}\`; [BibTeX](references.bib)).`,
  ];
}

function referencesPage(works: readonly Work[]): string {
  const apa = new Map(apaEntries(works.map(referenceOf)));
  const sorted = [...works].sort((a, b) => (a.key < b.key ? -1 : 1));
  return page('References', 'data/literature/works.json', [
    [
      `The ${works.length} works of the [table](../data/literature/README.md) by key, with what each found and what it leaves open, in our own words.`,
      'As BibTeX: [references.bib](references.bib). The [review](review.md) tells what follows from them.',
    ].join('\n'),
    ...sorted.flatMap((work) => [
      `### ${work.key}`,
      linked(plain(apa.get(work.key)!)),
      `${plain(work.result)} *Not checked:* ${plain(work.notChecked)}`,
      ...(work.lookedUp === null ? ['The identifier was not looked up.'] : []),
    ]),
  ]);
}

/** Addresses in angle brackets, which every reader of Markdown takes for links. */
const linked = (text: string) =>
  text.replace(/https?:\/\/\S+$/, (address) => `<${address.replaceAll('\\', '')}>`);

const MARK = '<!-- Links of the citations, written by "npm run docs". -->';

/** The review with the number of works, and a link to the references for each `[@key]` that it cites. */
function reviewWithLinks(text: string, works: readonly Work[]): string {
  const [body] = text
    .replaceAll(/\b\d+ works(?=, the public| in our table)/g, `${works.length} works`)
    .split(MARK);
  const keys = [...new Set([...body!.matchAll(/\[@([a-z0-9-]+)\]/g)].map(([, key]) => key!))].sort();
  const links = keys.map((key) => `[@${key}]: references.md#${key}`);
  return `${body!.trimEnd()}\n\n${MARK}\n\n${links.join('\n')}\n`;
}
