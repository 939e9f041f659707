import { methods } from '../attribution/index.js';
import { groupBy } from '../base/groups.js';
import { metrics } from '../evaluation/index.js';
import type { ScoreRow, SummaryRow } from './rows.js';
import { clusterBootstrap } from './statistics.js';

/** The mean of every method by every metric with its confidence interval; undefined scores are counted. */
export function summarise(rows: readonly ScoreRow[], seed: number): SummaryRow[] {
  const groups = groupBy(rows, ({ method, metric }) => `${method}\n${metric}`);
  return [...groups.values()].map((group) => {
    const { method, metric } = group[0]!;
    const known = group.flatMap(({ patient, value }) => (value === null ? [] : [{ patient, value }]));
    const interval =
      known.length > 0 ? clusterBootstrap(known, { seed }) : { mean: null, low: null, high: null };
    return {
      method,
      family: methods[method]!.family,
      metric,
      direction: metrics[metric]!.direction,
      ...interval,
      scored: known.length,
      undefined: group.length - known.length,
    };
  });
}
