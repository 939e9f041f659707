import { tQuantile } from '../statistics/distributions.js';
import type { ScenarioResult } from './run.js';

/** A method's score in a scenario: the mean over models, and its 95 % interval where there are several. */
export interface Cell {
  readonly scenario: string;
  readonly method: string;
  readonly family: string;
  readonly metric: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Models with a defined score. */
  readonly models: number;
}

/** Scores of all methods in all scenarios, each over its models (Student's interval of their means). */
export function cellsOf(results: readonly ScenarioResult[]): Cell[] {
  return results.flatMap(({ scenario, models }) => {
    const rows = models.flatMap(({ methods }) => methods);
    const names = [...new Set(rows.map(({ method }) => method))];
    return names.flatMap((method) => {
      const own = rows.filter((row) => row.method === method);
      const metrics = [...new Set(own.flatMap(({ means }) => Object.keys(means)))];
      return metrics.map((metric) => {
        const values = own.flatMap(({ means }) => means[metric] ?? []);
        return { scenario: scenario.name, method, family: own[0]!.family, metric, ...intervalOf(values) };
      });
    });
  });
}

/** The mean of a few values and its 95 % interval by Student's distribution; NaN bounds for one value. */
export function intervalOf(values: readonly number[]): Pick<Cell, 'mean' | 'low' | 'high' | 'models'> {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) / n);
  const half = n > 1 ? tQuantile(0.975, n - 1) * spread : Number.NaN;
  return { mean, low: mean - half, high: mean + half, models: n };
}
