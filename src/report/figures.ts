import { readMaps } from '../benchmark/explain.js';
import type { MethodRow } from '../benchmark/rows.js';
import type { BenchmarkResult } from '../benchmark/run.js';
import { boxesOnInput } from '../data/geometry/shown.js';
import { lossFigure } from '../figures/curves.js';
import type { Figure } from '../figures/figure.js';
import { galleryFigure } from '../figures/gallery.js';
import { scoresFigure } from '../figures/scores.js';
import type { History } from '../model/training/history.js';
import { rows, type Tensor } from '../tensor/tensor.js';
import { orderedMethods } from './tables.js';

const SHOWN = 6;

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
    size: 220,
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
    size: 320,
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

/** The first cases, each with the maps of all methods. */
export async function galleryFigures({ out, cases, methods }: BenchmarkResult): Promise<Figure[]> {
  const maps = await Promise.all(
    methods.map(async ({ method }) => [method, await readMaps(out, method)] as const),
  );
  return cases.samples
    .slice(0, SHOWN)
    .map((sample, i) =>
      galleryFigure(
        { image: sample.image, boxes: boxesOnInput(sample), label: sample.id },
        Object.fromEntries(maps.map(([method, own]) => [method, plane(own, i)])),
        { columns: 7, size: 150 },
      ),
    );
}

const plane = (maps: Tensor, i: number): Tensor => ({
  data: rows(maps, i, i + 1).data,
  shape: maps.shape.slice(2),
});
