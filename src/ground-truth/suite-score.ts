import type { ScenarioResult } from './run.js';
import { type Cell, type Counting, countedIn, intervalOf, rangeOf, scoreOf } from './summary.js';

type Interval = Pick<Cell, 'mean' | 'low' | 'high' | 'models'>;

/** A method's score in a suite: the mean over its scenarios, with an interval over models. */
export interface SuiteScore {
  readonly method: string;
  readonly family: string;
  readonly raw: Interval;
  /** What is expected of models that are always right; NaN where too few models differ in accuracy. */
  readonly corrected: Interval;
  /** By how much the score grows with accuracy, from 0 to 1, within scenarios. */
  readonly slope: number;
  /** Images that count, of all models. */
  readonly images: number;
}

/** Models less problems less the slope: with fewer degrees of freedom no slope is told. */
const LEAST_FREEDOM = 3;

interface Point {
  readonly scenario: number;
  readonly model: number;
  readonly accuracy: number;
  readonly score: number;
}

/**
 * The scores of methods in a whole suite by one metric: the mean over scenarios of each model (the k-th of
 * every scenario together), and Student's interval of these (of the raw score cut at the metric's range). The
 * correction for accuracy is that of an analysis of covariance: one slope of score on accuracy for all
 * scenarios, by which each score is carried to an accuracy of 1. Methods that lack a score of some model are
 * left out.
 */
export function suiteScores(
  results: readonly ScenarioResult[],
  metric: string,
  counting: Counting = 'right',
): SuiteScore[] {
  const families = new Map(
    results.flatMap(({ models }) =>
      models.flatMap(({ methods }) => methods.map(({ method, family }) => [method, family] as const)),
    ),
  );
  const counted = results.map(({ models }) => models.map((model) => countedIn(model, models, counting)));
  // A scenario that no method has a score in, because no image counts, says nothing.
  const asked = [...results.keys()].filter((s) => counted[s]!.every((own) => own.length > 0));
  const wanted = asked.reduce((sum, s) => sum + results[s]!.models.length, 0);
  const images = asked.reduce((sum, s) => sum + counted[s]!.reduce((all, own) => all + own.length, 0), 0);
  return [...families].flatMap(([method, family]): SuiteScore[] => {
    const points = asked.flatMap((scenario) =>
      results[scenario]!.models.flatMap((one, model): Point[] => {
        const score = scoreOf(one, method, metric, counted[scenario]![model]!);
        return score === undefined ? [] : [{ scenario, model, accuracy: one.accuracy, score }];
      }),
    );
    if (points.length < wanted || points.length === 0) return [];
    const slope = slopeWithin(points);
    return [
      {
        ...{ method, family, slope, images },
        raw: overModels(points, ({ score }) => score, rangeOf(metric)),
        corrected: overModels(points, ({ score, accuracy }) => score + slope * (1 - accuracy)),
      },
    ];
  });
}

/** The k-th models of all scenarios give one mean each. */
function overModels(
  points: readonly Point[],
  of: (point: Point) => number,
  range?: ReturnType<typeof rangeOf>,
): Interval {
  const models = [...new Set(points.map(({ model }) => model))];
  return intervalOf(
    models.map((model) => {
      const own = points.filter((point) => point.model === model).map(of);
      return own.reduce((a, b) => a + b, 0) / own.length;
    }),
    range,
  );
}

/** The slope of score on accuracy, both less their scenario's mean; NaN where too few accuracies differ. */
function slopeWithin(points: readonly Point[]): number {
  const scenarios = new Set(points.map((point) => point.scenario));
  if (points.length - scenarios.size - 1 < LEAST_FREEDOM) return Number.NaN;
  let [products, squares] = [0, 0];
  for (const scenario of scenarios) {
    const own = points.filter((point) => point.scenario === scenario);
    const accuracy = own.reduce((sum, point) => sum + point.accuracy, 0) / own.length;
    for (const point of own) {
      products += (point.accuracy - accuracy) * point.score;
      squares += (point.accuracy - accuracy) ** 2;
    }
  }
  return products / squares;
}
