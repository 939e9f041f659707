import { concurrently } from '../../base/concurrently.js';
import { checkpoint } from '../../base/run.js';
import { classCount } from '../../model/classifier.js';
import { batchSizeOf, predict } from '../../model/predict.js';
import { stacked } from '../../tensor/rows.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import type { Request } from '../method.js';
import { combinationProgram, type LinearCombinations } from './linear-combinations.js';

/**
 * A straight line between two images. Lines are compared by the identity of the arrays, so pass equal images
 * as the same array.
 */
export interface Line {
  readonly start: Float32Array;
  readonly end: Float32Array;
}

/** The point `start + part * (end - start)`. */
export interface Point extends Line {
  readonly part: number;
  readonly weight: number;
}

/** A request for path gradients: for each sample a number of points on lines between images. */
export interface PathRequest extends Pick<Request<unknown>, 'model' | 'targets' | 'run'> {
  readonly label: string;
  /** The number of points per sample. */
  readonly draws: number;
  point(sample: number, draw: number): Point;
}

export interface PathGradients {
  /** For each sample the sum over its points of weight * gradient * (end - start). */
  readonly map: Tensor;
  /** The raw outputs `[images, K]` at ends of lines. */
  outputs(images: readonly Float32Array[]): Promise<Tensor>;
}

/**
 * The number of batches is a multiple of this, which divides evenly among the usual numbers of sessions. It
 * is fixed, so that sums do not depend on the number of sessions.
 */
const batchesAtOnce = 8;

/**
 * Path attributions along lines between images. The engine computes the points and sums the gradients of
 * each line.
 */
export async function pathGradients({
  model,
  targets,
  run,
  label,
  draws,
  point,
}: PathRequest): Promise<PathGradients> {
  const { shape } = model.input;
  const size = sizeOf(shape);
  const classes = classCount(model);
  const total = targets.length * draws;
  const rounds = Math.ceil(total / batchSizeOf(model) / batchesAtOnce);
  const batches = Math.min(total, rounds * batchesAtOnce);
  const sums = new Float64Array(targets.length * size);
  const known = new Map<Float32Array, Float32Array>();
  const program = await combinationProgram(model);
  const step = run.progress.start(label, total);
  await concurrently(
    2 * program.sessions,
    batches,
    async (batch) => {
      await checkpoint(run);
      const first = Math.floor((batch * total) / batches);
      const length = Math.floor(((batch + 1) * total) / batches) - first;
      const points = Array.from({ length }, (_, i) => {
        const sample = Math.floor((first + i) / draws);
        return { ...point(sample, (first + i) % draws), sample };
      });
      const lines = linesOf(points);
      const answer = await program.run({
        ...mixtureOf(points, lines, shape),
        targets: points.map(({ sample }) => targets[sample]!),
      });
      return { ...answer, points, lines };
    },
    (batch) => {
      for (const [row, { sample, start, end }] of batch.lines.entries()) {
        const [to, from] = [sample * size, row * size];
        for (let i = 0; i < size; i++) sums[to + i]! += (end[i]! - start[i]!) * batch.sums.data[from + i]!;
      }
      for (const [row, { start, end, part }] of batch.points.entries()) {
        const logits = batch.logits.data.subarray(row * classes, (row + 1) * classes);
        if (part === 0 || part === 1) known.set(part === 0 ? start : end, logits);
      }
      step.advance(batch.points.length);
    },
  );
  step.done();
  return {
    map: { data: new Float32Array(sums), shape: [targets.length, ...shape] },
    async outputs(images) {
      const missing = [...new Set(images)].filter((image) => !known.has(image));
      if (missing.length > 0) {
        const { data } = await predict(model, stacked(missing, shape), run);
        for (const [row, image] of missing.entries())
          known.set(image, data.subarray(row * classes, (row + 1) * classes));
      }
      const outputs = images.map((image) => known.get(image)!);
      return stacked(outputs, [classes]);
    },
  };
}

type Placed<T> = T & { readonly sample: number };

/** The distinct lines of some points, by sample. */
function linesOf(points: readonly Placed<Point>[]): Placed<Line>[] {
  const lines: Placed<Line>[] = [];
  for (const point of points) if (!lines.some((line) => isOn(point, line))) lines.push(point);
  return lines;
}

const isOn = (point: Placed<Point>, { start, end, sample }: Placed<Line>) =>
  point.sample === sample && point.start === start && point.end === end;

function mixtureOf(
  points: readonly Placed<Point>[],
  lines: readonly Placed<Line>[],
  shape: readonly number[],
): Pick<LinearCombinations, 'sources' | 'mix' | 'collect'> {
  const images = [...new Set(lines.flatMap(({ start, end }) => [start, end]))];
  const places = new Map(images.map((image, i) => [image, i]));
  const mix = zeros([points.length, images.length]);
  const collect = zeros([lines.length, points.length]);
  for (const [row, point] of points.entries()) {
    const { start, end, part, weight } = point;
    mix.data[row * images.length + places.get(start)!]! += 1 - part;
    mix.data[row * images.length + places.get(end)!]! += part;
    collect.data[lines.findIndex((line) => isOn(point, line)) * points.length + row] = weight;
  }
  return { sources: stacked(images, shape), mix, collect };
}
