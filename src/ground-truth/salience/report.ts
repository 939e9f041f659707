import { skippedLines } from '../../benchmark/method-notes.js';
import { safe } from '../../figures/plotly.js';
import { style } from '../../report/style.js';
import { type Salience, trainings } from './salience.js';

const heads = {
  absent: 'trained without',
  tied: 'tied to the class',
  independent: 'in half of all',
} as const;

/** What the models make of the watermark, in words. */
export function accuracyLines({ task, target, images, models, accuracy }: Salience): string[] {
  const percent = (value: number) => `${(100 * value).toFixed(0)} %`;
  return [
    `${task}: a watermark tied to ${target}, independent of the class, or absent; ${models} models of each, ${images} test images without and with it`,
    ...trainings.map((training) => {
      const { absent, present, tied } = accuracy[training];
      return `${heads[training]}: accuracy ${percent(absent)} without the watermark, ${percent(present)} with it in all, ${percent(tied)} with it in ${target} only`;
    }),
  ];
}

/** The heads and rows of the table of methods. */
export function salienceTable({ methods }: Salience) {
  const number = (value: number) => (Number.isFinite(value) ? value.toFixed(2) : '-');
  return {
    heads: [
      'method',
      ...trainings.flatMap((training) => [`${heads[training]},\nabsent`, `${heads[training]},\npresent`]),
      'presence\nexplains',
      'tie\nexplains',
      'random:\npresence',
      'random:\ntie',
    ],
    rows: methods.map(({ method, family, relevance, trained, random }) => [
      family === 'baseline' ? `~ ${method}` : method,
      ...trainings.flatMap((training) =>
        [relevance[training].absent, relevance[training].present].map(number),
      ),
      ...[trained.presence, trained.tie, random.presence, random.tie].map(number),
    ]),
  };
}

/** The page of a salience control. */
export function salienceHtml(salience: Salience): string {
  const { heads: columns, rows } = salienceTable(salience);
  const [first, ...others] = accuracyLines(salience);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Salience control - Sightline</title><style>${style}</style></head>
<body><main>
<h1>Is a watermark relevant because it is there, or because it tells the class?</h1>
<p class="verdict">${safe(first!)}.</p>
<ul>${others.map((line) => `<li>${safe(line)}</li>`).join('')}</ul>
<p>Relevance of the watermark's place is its mean magnitude over that of the map: 1 as everywhere. Then the share of the variance of that
relevance, over models and images, that the watermark's presence in the image explains, and what its tie to the class in training explains besides;
the same for networks with random weights, which know of no class. Rows in italics know nothing of the model.</p>
<div class="wide"><table><thead><tr>${columns.map((head) => `<th>${safe(head)}</th>`).join('')}</tr></thead>
<tbody>${rows.map(([name, ...cells]) => `<tr${name!.startsWith('~') ? ' class="baseline"' : ''}><td>${safe(name!.replace('~ ', ''))}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n')}</tbody></table></div>
${skippedLines(salience.skipped)
  .map((line) => `<p>${safe(line)}</p>`)
  .join('\n')}
</main></body></html>
`;
}
