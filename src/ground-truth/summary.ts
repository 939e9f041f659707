import { metricOf, metrics } from '../evaluation/registry.js';
import { tQuantile } from '../statistics/distributions.js';
import { roles } from '../synthetic/problem/problem.js';
import { type ModelResult, massNameOf, type ScenarioResult } from './run.js';

/**
 * Which explained images count: those that all models of the scenario have right; all; or those where
 * removing the cause changes what the model says.
 */
export const countings = ['right', 'all', 'changed'] as const;
export type Counting = (typeof countings)[number];

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
  /** Images of all models that count. */
  readonly images: number;
}

/**
 * Scores of all methods in all scenarios, each over its models (Student's interval of their means, cut at the
 * metric's range).
 */
export function cellsOf(results: readonly ScenarioResult[], counting: Counting = 'right'): Cell[] {
  return results.flatMap(({ scenario, models }) => {
    const counted = models.map((model) => countedIn(model, models, counting));
    const images = counted.reduce((sum, own) => sum + own.length, 0);
    const rows = models.flatMap(({ methods }) => methods);
    const names = [...new Set(rows.map(({ method }) => method))];
    return names.flatMap((method) => {
      const own = rows.filter((row) => row.method === method);
      const metrics = [...new Set(own.flatMap(({ values }) => Object.keys(values)))];
      return metrics.map((metric) => {
        const scores = models.flatMap((model, m) => scoreOf(model, method, metric, counted[m]!) ?? []);
        const about = { scenario: scenario.name, method, family: own[0]!.family, metric };
        return { ...about, ...intervalOf(scores, rangeOf(metric)), images };
      });
    });
  });
}

/** The explained images of a model that count, by their index. */
export const countedIn = (
  { images }: ModelResult,
  models: readonly ModelResult[],
  counting: Counting,
): number[] =>
  [...images.keys()].filter((i) => {
    if (counting === 'all') return true;
    if (counting === 'changed') return images[i]!.changes;
    return models.every((one) => one.images[i]!.right);
  });

/** The mean score of a method over some images of a model; nothing where none is defined. */
export function scoreOf(
  { methods }: ModelResult,
  method: string,
  metric: string,
  counted: readonly number[],
): number | undefined {
  const values = methods.find((one) => one.method === method)?.values[metric] ?? [];
  const known = counted.flatMap((i) => values[i] ?? []);
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0) / known.length;
}

/** Smallest and largest possible score; unknown of a metric that follows the model's output. */
export function rangeOf(metric: string): readonly [number, number] | undefined {
  if (metric in metrics) {
    const { needs, range } = metricOf(metric);
    return needs.includes('model') ? undefined : range;
  }
  return roles.some((role) => metric === massNameOf(role)) ? [0, 1] : [0, Infinity];
}

/**
 * The mean of a few values and its 95 % interval by Student's distribution, cut at the smallest and largest
 * possible value where these are known; NaN bounds for one value.
 */
export function intervalOf(
  values: readonly number[],
  [least, most]: readonly [number, number] = [-Infinity, Infinity],
): Pick<Cell, 'mean' | 'low' | 'high' | 'models'> {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) / n);
  const half = n > 1 ? tQuantile(0.975, n - 1) * spread : Number.NaN;
  return { mean, low: Math.max(least, mean - half), high: Math.min(most, mean + half), models: n };
}
