import { readMap } from '../benchmark/explain.js';
import { overlay, overlayUri } from '../figures/overlay.js';
import { figureHtml, plotlyAtEnd, safe } from '../figures/plotly.js';
import { scoresFigure } from '../figures/scores.js';
import { style } from '../report/style.js';
import { spearman } from '../tensor/correlation.js';
import { definitionsHtml, type Named } from './importance-report.js';
import { enrichmentOf, massNameOf, type ScenarioResult } from './run.js';
import { suiteScores } from './suite-score.js';
import { type Cell, type Counting, cellsOf, countings } from './summary.js';

/** The metrics of the report's tables, and what each says. */
const tables: Readonly<Record<string, string>> = {
  'emd-score': 'Earth mover score against the pixels of the cause: 1 where all of the map lies on them.',
  precision: 'Share of the strongest pixels, as many as the cause has, that are of the cause.',
  [enrichmentOf('cause')]:
    'Relevance on the cause, relative to that of a map that does not tell pixels apart (1).',
  [enrichmentOf('suppressor')]:
    'The same on suppressors, which say nothing about the class: more than on the cause is a false alarm.',
  ...Object.fromEntries(
    (['suppressor', 'confounder', 'distractor'] as const).map((role) => [
      massNameOf(role),
      `False-positive mass: the share of all relevance that lies on the pixels of a ${role}.`,
    ]),
  ),
};
/** The metric by which whole suites are scored. */
const overall = 'precision';
const control = 'deletion';

/**
 * The page of a suite: what definitions call important, scores by method and scenario, suppressors, the
 * negative control, example maps.
 */
export async function suiteHtml(
  suite: string,
  results: readonly ScenarioResult[],
  importance: readonly Named[],
  target?: string,
): Promise<string> {
  const cells = cellsOf(results);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ground truth: ${safe(suite)} - Sightline</title><style>${style}
td.map img { width: 64px; height: 64px; display: block; image-rendering: pixelated; } td small { display: block; color: #52606d; }</style></head>
<body><main>
<h1>Do the explanations point at the pixels that matter?</h1>
<p>The important pixels of these problems are known by construction. Scores are means over models of one problem that differ in their
first weights and explain the same test images; where nothing else is said, those count that all models have right. Intervals are
Student's, at 95&nbsp;%, cut at the metric's range. Rows in italics know nothing of the model: what they reach is no merit.</p>
<h2>Problems and models</h2>
<div class="wide">${scenarioTable(results)}</div>
${definitionsHtml(importance)}
${overallHtml(results)}
${Object.entries(tables)
  .filter(([metric]) => cells.some((cell) => cell.metric === metric))
  .map(
    ([metric, text]) =>
      `<h2>${safe(metric)}</h2><p>${safe(text)}</p><div class="wide">${scoreTable(results, cells, metric)}</div>`,
  )
  .join('\n')}
<h2>Suppressors</h2>
<div class="wide">${figureHtml(suppressorFigure(results, cells), 'suppressors')}</div>
<h2>Negative control: deletion</h2>
<p>Deletion removes pixels in the order of a map and watches the model's output. It asks what the model uses, not what says something
about the class: where it rewards maps that blame suppressors, it is no measure of correctness.</p>
<div class="wide">${controlTable(results, cells)}</div>
<h2>Maps of one image</h2>
<p>Of the first model of each problem, each scaled to its own strongest value; ${safe(redOf(results, target))}.</p>
<div class="wide">${await galleryTable(results)}</div>
</main>
${plotlyAtEnd()}
</body></html>
`;
}

/** What red says, by what of the models is explained. */
function redOf(results: readonly ScenarioResult[], target: string | undefined): string {
  if (target !== undefined) return `red speaks for a greater ${target}, blue for a smaller one`;
  const numbers = results.filter(({ scenario }) => scenario.task !== undefined).length;
  const ofNumbers = 'for a greater predicted number';
  if (numbers === results.length) return `red speaks ${ofNumbers}, blue for a smaller one`;
  return `red speaks for the class of the image, blue against it${numbers > 0 ? `; where a number is predicted, red speaks ${ofNumbers}` : ''}`;
}

const countingWords: Readonly<Record<Counting, string>> = {
  right: 'all models right',
  all: 'all images',
  changed: 'removal changes the output',
};

/** The scores of the whole suite, by which images count. */
function overallHtml(results: readonly ScenarioResult[]): string {
  const scores = countings.map((counting) => suiteScores(results, overall, counting));
  if (scores[0]!.length === 0) return '';
  const images = scores.map((own, i) => `${countingWords[countings[i]!]} (${own[0]?.images ?? 0} images)`);
  const cellOf = (interval: Pick<Cell, 'mean' | 'low' | 'high' | 'models'> | undefined) =>
    interval && Number.isFinite(interval.mean) ? shown(interval) : '';
  const rows = scores[0]!.map(({ method, family, corrected, slope }) =>
    row(method, family, [
      ...scores.map((own) => cellOf(own.find((one) => one.method === method)?.raw)),
      cellOf(corrected),
      Number.isFinite(slope) ? slope.toFixed(2) : '',
    ]),
  );
  return `<h2>The whole suite</h2><p>Mean ${overall} over all problems: on images that all models of a problem have right, on all explained ones,
and only where replacing the cause by the mean image changes the probability of the class by 0.1 or more (or a predicted number by a tenth of its standard deviation). The correction for accuracy carries each model's
score to an accuracy of 1 by the slope of score on accuracy within problems.</p>
<div class="wide">${table(['method', ...images, `corrected for accuracy (${countingWords.right})`, 'slope'], rows)}</div>`;
}

const methodsOf = (cells: readonly Cell[]) => {
  const families = new Map(cells.map(({ method, family }) => [method, family]));
  const order = (family: string) => (family === 'baseline' ? 1 : 0);
  return [...families].sort(([, a], [, b]) => order(a) - order(b));
};

const table = (heads: readonly string[], rows: readonly string[]) =>
  `<table><thead><tr>${heads.map((head) => `<th>${safe(head)}</th>`).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table>`;

const row = (name: string, family: string, cells: readonly string[]) =>
  `<tr${family === 'baseline' ? ' class="baseline"' : ''}><td>${safe(name)}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;

function scenarioTable(results: readonly ScenarioResult[]): string {
  const rows = results.map(({ scenario, models }) => {
    const accuracies = models.map(({ accuracy }) => accuracy);
    const reached = accuracies.filter((accuracy) => accuracy >= scenario.accuracy).length;
    const counted = (name: 'explained' | 'right' | 'test') => span(models.map((model) => model[name]));
    return row(scenario.name, '', [
      safe(scenario.asks),
      span(accuracies, 3),
      `<span${reached < models.length ? ' class="worse"' : ''}>${reached} of ${models.length} reach ${scenario.accuracy}</span>`,
      `${counted('explained')} explained<br>${counted('right')} right of ${counted('test')}`,
    ]);
  });
  return table(
    [
      ...['problem', 'it asks', 'test accuracy, or R2 of a regression: least to greatest of the models'],
      ...['models', 'test images of a model, least to greatest'],
    ],
    rows,
  );
}

/** The least and the greatest of the models' values, or the one that all have. */
const span = (values: readonly number[], digits = 0): string => {
  const [low, high] = [Math.min(...values).toFixed(digits), Math.max(...values).toFixed(digits)];
  return low === high ? low : `${low} to ${high}`;
};

const shown = ({ mean, low, high, models }: Pick<Cell, 'mean' | 'low' | 'high' | 'models'>) =>
  `${mean.toFixed(3)}<small>${models > 1 ? `${low.toFixed(2)} to ${high.toFixed(2)}` : 'one model'}</small>`;

function scoreTable(results: readonly ScenarioResult[], cells: readonly Cell[], metric: string): string {
  const own = cells.filter((cell) => cell.metric === metric);
  const names = results
    .map(({ scenario }) => scenario.name)
    .filter((name) => own.some(({ scenario }) => scenario === name));
  const rows = methodsOf(cells).map(([method, family]) =>
    row(
      method,
      family,
      names.map((name) => {
        const cell = own.find((one) => one.scenario === name && one.method === method);
        return cell && cell.models > 0 ? shown(cell) : '';
      }),
    ),
  );
  return table(['method', ...names], rows);
}

function suppressorFigure(results: readonly ScenarioResult[], cells: readonly Cell[]) {
  const own = cells.filter(({ metric, models }) => metric === enrichmentOf('suppressor') && models > 0);
  const names = results
    .map(({ scenario }) => scenario.name)
    .filter((name) => own.some(({ scenario }) => scenario === name));
  return scoresFigure(
    own.map(({ scenario, method, family, mean, low, high }) => ({
      ...{ method, metric: scenario, value: mean, baseline: family === 'baseline' },
      ...(Number.isFinite(low) && { low, high }),
    })),
    {
      title: 'Relevance on suppressors (1: as everywhere)',
      directions: Object.fromEntries(names.map((name) => [name, 'lower' as const])),
      columns: 3,
    },
  );
}

/** How deletion and the share of suppressors order the methods, in each scenario with suppressors. */
function controlTable(results: readonly ScenarioResult[], cells: readonly Cell[]): string {
  const meanOf = (scenario: string, method: string, metric: string) =>
    cells.find((cell) => cell.scenario === scenario && cell.method === method && cell.metric === metric)
      ?.mean ?? Number.NaN;
  const rows = results.flatMap(({ scenario: { name } }) => {
    const methods = methodsOf(cells).flatMap(([method, family]) => (family === 'baseline' ? [] : [method]));
    const known = methods.flatMap((method) => {
      const pair = [meanOf(name, method, control), meanOf(name, method, enrichmentOf('suppressor'))] as const;
      return pair.every(Number.isFinite) ? [{ method, deletion: pair[0], suppressor: pair[1] }] : [];
    });
    if (known.length < 3) return [];
    const best = known.toSorted((a, b) => a.deletion - b.deletion)[0]!;
    const least = known.toSorted((a, b) => a.suppressor - b.suppressor)[0]!;
    const rho = spearman(
      known.map(({ deletion }) => -deletion),
      known.map(({ suppressor }) => suppressor),
    );
    return row(name, '', [
      `${safe(best.method)}<small>${best.deletion.toFixed(3)}; on suppressors ${best.suppressor.toFixed(2)}</small>`,
      `${safe(least.method)}<small>deletion ${least.deletion.toFixed(3)}; on suppressors ${least.suppressor.toFixed(2)}</small>`,
      rho.toFixed(2),
    ]);
  });
  return table(
    [
      'problem',
      'best by deletion',
      'least relevance on suppressors',
      'rank correlation of good deletion with relevance on suppressors',
    ],
    rows,
  );
}

async function galleryTable(results: readonly ScenarioResult[]): Promise<string> {
  const methods = [
    ...new Set(
      results.flatMap(({ models }) => models.flatMap((one) => one.methods.map(({ method }) => method))),
    ),
  ];
  const rows = await Promise.all(
    methods.map(async (method) => {
      const cells = await Promise.all(
        results.map(async ({ models, folders }) => {
          if (!models[0]?.methods.some((one) => one.method === method)) return '';
          const map = overlay(await readMap(folders[0]!, method, 0), { colours: 'diverging' });
          return `<img src="${overlayUri(map, 1, false)}" alt="${safe(method)}">`;
        }),
      );
      return `<tr><td>${safe(method)}</td>${cells.map((cell) => `<td class="map">${cell}</td>`).join('')}</tr>`;
    }),
  );
  return table(['method', ...results.map(({ scenario }) => scenario.name)], rows);
}
