import type { Method } from '../attribution/method.js';
import { groupBy } from '../base/groups.js';
import type { Metric } from '../evaluation/metric/metric.js';
import type { ScoreRow, SummaryRow } from './rows.js';
import { clusterBootstrap, type Interval } from './statistics.js';

/**
 * For each method and metric, the mean score with its confidence interval, the gain over the baseline with
 * the best mean (over images with both scores), and the number of undefined scores.
 */
export function summarise(
  rows: readonly ScoreRow[],
  methods: readonly Pick<Method, 'name' | 'family'>[],
  metrics: readonly Pick<Metric, 'name' | 'direction'>[],
  seed: number,
): SummaryRow[] {
  const families = new Map(methods.map(({ name, family }) => [name, family]));
  const directions = new Map(metrics.map(({ name, direction }) => [name, direction]));
  const baselines = rows.filter(({ method }) => families.get(method) === 'baseline');
  const byMetric = groupBy(baselines, ({ metric }) => metric);
  const bests = new Map(
    [...byMetric].map(([metric, own]) => [metric, bestBaseline(own, directions.get(metric)!)]),
  );
  const groups = groupBy(rows, ({ method, metric }) => `${method}\n${metric}`);
  return [...groups.values()].map((group) => {
    const { method, metric } = group[0]!;
    const [direction, family] = [directions.get(metric)!, families.get(method)!];
    const known = group.flatMap(({ patient, value }) => (value === null ? [] : [{ patient, value }]));
    const best = bests.get(metric);
    const gains =
      family === 'baseline' || best === undefined || direction === 'none'
        ? []
        : gainsOver(group, best, direction === 'higher' ? 1 : -1);
    const { mean, low, high } = intervalOf(known, seed);
    const gain = intervalOf(gains, seed);
    return {
      method,
      family,
      metric,
      direction,
      mean,
      low,
      high,
      gain: gain.mean,
      gainLow: gain.low,
      gainHigh: gain.high,
      scored: known.length,
      undefined: group.length - known.length,
    };
  });
}

type Observations = readonly { readonly patient: string; readonly value: number }[];

const nothing = { mean: null, low: null, high: null };

const intervalOf = (known: Observations, seed: number): Interval | typeof nothing =>
  known.length > 0 ? clusterBootstrap(known, { seed }) : nothing;

/** The scores of the baseline with the best mean, by image. */
function bestBaseline(
  rows: readonly ScoreRow[],
  direction: Metric['direction'],
): ReadonlyMap<string, number> | undefined {
  const sign = direction === 'lower' ? -1 : 1;
  const scored = [...groupBy(rows, ({ method }) => method).values()]
    .map((own) => own.flatMap(({ sample, value }) => (value === null ? [] : [[sample, value] as const])))
    .filter((own) => own.length > 0)
    .map((own) => ({ own, mean: own.reduce((sum, [, value]) => sum + value, 0) / own.length }))
    .sort((a, b) => sign * (b.mean - a.mean));
  return scored[0] && new Map(scored[0].own);
}

function gainsOver(rows: readonly ScoreRow[], best: ReadonlyMap<string, number>, sign: number): Observations {
  return rows.flatMap(({ sample, patient, value }) => {
    const other = best.get(sample);
    return value === null || other === undefined ? [] : [{ patient, value: sign * (value - other) }];
  });
}
