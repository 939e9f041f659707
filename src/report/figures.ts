import { orderedMethods } from '../benchmark/conclusions.js';
import type { BenchmarkResult, MethodRow } from '../benchmark/rows.js';
import { lossFigure } from '../figures/curves.js';
import type { Figure } from '../figures/figure.js';
import { scoresFigure } from '../figures/scores.js';
import type { History } from '../model/training/history.js';

/** Four panels side by side fit the page. */
const WRAPPED = { size: 210, columns: 4 };

/** A dot plot of every metric; `null` is an undefined score. */
export function metricsFigure({ summary }: BenchmarkResult): Figure {
  const rows = orderedMethods(summary).flatMap(([, own]) =>
    own.map(({ method, metric, mean, low, high, family }) => ({
      method,
      metric,
      value: mean ?? Number.NaN,
      low: low ?? Number.NaN,
      high: high ?? Number.NaN,
      baseline: family === 'baseline',
    })),
  );
  return scoresFigure(rows, {
    directions: Object.fromEntries(summary.map((row) => [row.metric, row.direction])),
    ...WRAPPED,
  });
}

/** Seconds and model evaluations of each method for one image. */
export function costFigure(methods: readonly MethodRow[], images: number): Figure {
  const rows = methods
    .toSorted((a, b) => a.seconds - b.seconds)
    .flatMap(({ method, seconds, forward, backward, family }) => [
      { method, metric: 'seconds an image', value: seconds / images, baseline: family === 'baseline' },
      {
        method,
        metric: 'model evaluations an image',
        value: forward + backward,
        baseline: family === 'baseline',
      },
    ]);
  return scoresFigure(rows, {
    directions: { 'seconds an image': 'none', 'model evaluations an image': 'none' },
    size: 380,
  });
}

export const lossCurve = (history: History): Figure =>
  lossFigure(
    history.map(({ epoch, train, validation }) => ({
      epoch,
      trainLoss: train.loss,
      validationLoss: validation?.loss,
    })),
  );
