import { planeOf, scoreSample } from '../benchmark/score-sample.js';
import type { Sample } from '../data/sample.js';
import { metricOf, usualMetrics } from '../evaluation/index.js';
import type { Metric } from '../evaluation/metric/metric.js';
import { runHere } from '../figures/here.js';
import type { Heat } from './explain.js';

/** One metric's verdict on a map, as a row of a table. */
export type ScoreTableRow = {
  readonly metric: string;
  readonly value: number;
  /** Whether higher or lower is better. */
  readonly better: 'higher' | 'lower' | 'none';
  /** Why there is no value, where there is none. */
  readonly reason: string;
};

/** Metrics: registered ones by name, and one's own. */
type Metrics = readonly (string | Metric)[];

/**
 * Scores a sample's map: where it points by the original's pixels, and what the model makes of it by its input's. `against`
 * is a sample whose places count instead of its own, or the metrics.
 */
export async function score(
  heat: Heat,
  against: Sample | Metrics = heat.sample,
  metrics: Metrics = usualMetrics,
): Promise<ScoreTableRow[]> {
  const [sample, wanted] = isList(against) ? [heat.sample, against] : [against, metrics];
  const asked = wanted.map((one) => ({ metric: metricOf(one), options: {} }));
  const { options, seed, targets } = heat.made;
  const scores = await runHere((run) =>
    scoreSample(planeOf(heat.map, heat.model), sample, targets[0]!, { ...heat, options, seed }, asked, run),
  );
  return asked.map(({ metric: { name, direction } }, i) => {
    const { value, reason = '' } = scores[i]!;
    return { metric: name, value, better: direction, reason };
  });
}

const isList = (against: Sample | Metrics): against is Metrics => Array.isArray(against);

/** The same of several maps: a row for each, a column for each metric; NaN where a metric has no value. */
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
