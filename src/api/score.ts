import { inputError } from '../base/errors.js';
import { planeOf, scoreSample } from '../benchmark/score-sample.js';
import type { Sample } from '../data/sample.js';
import { type MetricName, metricOf, type Rare, usualMetrics } from '../evaluation/index.js';
import type { Metric } from '../evaluation/metric/metric.js';
import { runHere } from '../figures/here.js';
import { annotatedFor } from './annotated.js';
import type { Heat } from './explain.js';

/** One metric's score of a map, as a row of a table. */
export type ScoreTableRow = {
  /** The metric's name. */
  readonly metric: string;
  /** The score, or `NaN` where it is undefined. */
  readonly value: number;
  /** Whether higher or lower is better. */
  readonly better: 'higher' | 'lower' | 'none';
  /** Why the score is undefined; empty where it is not. */
  readonly reason: string;
  /** What a reader of the score has to know; empty where there is nothing. */
  readonly note: string;
};

/** Metrics: registered names, or your own. */
type Metrics = readonly (MetricName | Metric)[];

/**
 * Scores a sample's map. Localisation is scored in pixels of the original image, all else on the model's
 * input. Of a sample that may show several findings the annotation of the explained one counts. `against` is
 * another sample whose annotations count, or the list of metrics; `more` is what some metrics need beside:
 * masks of the anatomy or of artefacts, other images, models that were trained again or on shuffled labels.
 * Throws for an unknown metric, and where a metric needs an annotation that the sample does not have.
 */
export async function score(
  heat: Heat,
  against: Sample | Metrics = heat.sample,
  metrics: Metrics = usualMetrics,
  more: Rare = {},
): Promise<ScoreTableRow[]> {
  const [sample, wanted] = isList(against) ? [heat.sample, against] : [against, metrics];
  const asked = wanted.map((one) => ({ metric: metricOf(one), options: {} }));
  const { options, seed, targets, target } = heat.made;
  const annotated = annotatedFor(sample, heat.model, target ?? targets[0]!);
  if (sample.mask && !annotated.mask && asked.some(({ metric }) => metric.needs.includes('mask')))
    throw inputError(
      `image ${sample.id} has no annotation of what the map explains (${target ?? heat.model.classes[targets[0]!]}), only of other findings; score() against another sample, or by metrics without a mask`,
    );
  const scores = await runHere((run) =>
    scoreSample(
      planeOf(heat.map, heat.model),
      annotated,
      targets[0]!,
      { ...heat, options, seed },
      asked,
      run,
      more,
    ),
  );
  return asked.map(({ metric: { name, direction } }, i) => {
    const { value, reason = '', note = '' } = scores[i]!;
    return { metric: name, value, better: direction, reason, note };
  });
}

const isList = (against: Sample | Metrics): against is Metrics => Array.isArray(against);

/** Scores several maps: a row for each map, a column for each metric; `NaN` where a score is undefined. */
export async function scoreAll(
  heats: Readonly<Record<string, Heat>>,
  metrics: Metrics = usualMetrics,
): Promise<({ readonly method: string } & Readonly<Record<string, string | number>>)[]> {
  const rows = [];
  for (const [method, heat] of Object.entries(heats)) {
    const verdicts = await score(heat, metrics);
    rows.push({ method, ...Object.fromEntries(verdicts.map(({ metric, value }) => [metric, value])) });
  }
  return rows;
}
