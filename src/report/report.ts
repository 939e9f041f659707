import { writeWhole } from '../base/files.js';
import { cautions, explainedText, testText, tunedLines, verdict } from '../benchmark/conclusions.js';
import type { BenchmarkResult } from '../benchmark/rows.js';
import { figureHtml, plotlyAtEnd, safe } from '../figures/plotly.js';
import { citationsHtml } from './citations.js';
import { costFigure, lossCurve, metricsFigure } from './figures.js';
import { galleryHtml, SHOWN } from './gallery.js';
import { reasonsHtml } from './reasons.js';
import { meaningOfRed } from './red.js';
import { strataHtml } from './strata.js';
import { style } from './style.js';
import { baselineList, metricNotesList, notesList, scoreTable, skippedTable } from './tables.js';
import { trustHtml } from './trust.js';

/**
 * Writes a run's report as one self-contained HTML page: tables, figures and a gallery of heatmaps over their
 * images.
 */
export async function writeReport(result: BenchmarkResult, path: string): Promise<void> {
  await writeWhole(path, await reportHtml(result));
}

export async function reportHtml(result: BenchmarkResult): Promise<string> {
  const { task, images, chosen, trained, methods, skipped } = result;
  const curve = trained && trained.history.length > 0 ? figureHtml(lossCurve(trained.history), 'loss') : '';
  const facts: [string, string][] = [
    ['task', `${task}: ${result.classes.join(' / ')}`],
    ['images', `${images.train} training, ${images.validation} validation, ${images.test} test`],
    ...Object.entries(result.read ?? {}),
    ['test', testText(chosen)],
    ['explained', explainedText(chosen)],
    [
      'explained quantity',
      result.target ?? (chosen.errors ? 'the predicted number' : 'the raw output of the annotated class'),
    ],
    ...tunedLines(result).map((line): [string, string] => ['tuned options', line]),
  ];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${safe(task)} - Sightline</title><style>${style}</style></head>
<body><main>
<h1>Do the explanations point where the pathology is?</h1>
${cautions(result)
  .map((line) => `<p class="caution">${safe(line)}</p>`)
  .join('\n')}
${verdict(result)
  .map((line) => `<p class="verdict">${safe(line)}</p>`)
  .join('\n')}
<dl>${facts.map(([name, value]) => `<dt>${safe(name)}</dt><dd>${safe(value)}</dd>`).join('')}</dl>
${await citationsHtml(result)}
<h2>Scores</h2>
<p>Means over the explained images; hover a number for its interval and counts. The best means of each column are bold, none
that does worse than the best baseline or lies below chance.
Rows in italics are model-free baselines. <span class="better">Green</span> beats each of them,
<span class="worse">red</span> does worse than the best; all others are inconclusive (sign-flip tests of patients' paired
differences; 5&nbsp;% by Holm's correction over all methods and baselines, for each metric).
Intervals resample patients; of hits and misses, and where all scores are 0 or 1, they are Wilson's. <span class="worse">!</span> marks scores that are undefined for some images: they are left out of means and counted; a
difference is taken over the images that both have a score for. Grey columns say nothing on this model: their reason stands below.</p>
<div class="wide">${scoreTable(result)}</div>
${notesList(methods)}
${metricNotesList(result)}
${baselineList(result)}
${skippedTable(skipped)}
<h2>Which metric to believe</h2>
${await trustHtml(result)}
${strataHtml(result)}
<h2>Heatmaps</h2>
<p>${shownOf(result)} Each map is scaled to its own strongest value; ${meaningOfRed(result.chosen.errors !== undefined)}. Annotations are outlined, or tinted where they are no boxes.
Methods are in the order of the table.</p>
${await galleryHtml(result)}
${reasonsHtml(result)}
<h2>Scores with confidence intervals</h2>
<div class="wide">${figureHtml(metricsFigure(result), 'scores')}</div>
<h2>Cost</h2>
<p>Seconds for one image on this machine, beside the number of model evaluations.</p>
<div class="wide">${figureHtml(costFigure(methods, chosen.explained), 'cost')}</div>
${curve && `<h2>Training</h2>${curve}`}
</main>
${plotlyAtEnd()}
</body></html>
`;
}

/** Which images the gallery shows. */
const shownOf = ({ chosen: { explained } }: BenchmarkResult) =>
  explained > SHOWN ? `The first ${SHOWN} of ${explained} explained images.` : 'All explained images.';
