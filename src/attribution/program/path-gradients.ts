import { concurrently } from '../../base/concurrently.js';
import { checkpoint } from '../../base/run.js';
import { isGpuProvider } from '../../engine/gpu/prepare.js';
import { range } from '../../graph/shapes.js';
import { batchSizeOf, evenSize } from '../../model/batch-size.js';
import { classCount } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { stacked } from '../../tensor/rows.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import type { Request } from '../method.js';
import { combinationProgram, type LinearCombinations } from './linear-combinations.js';
import { keyShape } from './noise.js';

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
  /** Whether all points of a sample lie on one line. A GPU computes the outputs at its ends with them. */
  readonly straight?: boolean;
  /** What is added to the end of each sample's line in each draw. */
  readonly noise?: Noise;
  point(sample: number, draw: number): Point;
}

/** Standard normal noise of each draw, from its keys `[draws, 4, 2]`, times a deviation. */
export interface Noise {
  readonly keys: Int32Array;
  readonly deviation: number;
}

export interface PathGradients {
  /** For each sample the sum over its points of weight * gradient * (end + noise - start). */
  readonly map: Tensor;
  /** The raw outputs `[images, K]` at ends of lines. */
  outputs(images: readonly Float32Array[]): Promise<Tensor>;
}

/**
 * The number of batches is a multiple of this, which divides evenly among the usual numbers of sessions. It
 * is fixed, so that sums do not depend on the number of sessions.
 */
const batchesAtOnce = 8;

/** The points of one run: consecutive points of consecutive samples, and the rows of the run. */
export interface Part {
  readonly first: number;
  readonly length: number;
  readonly rows: number;
}

/** Batches of nearly equal size, half of the largest: no smaller than those of few points. */
export function partsOf(total: number, most: number): Part[] {
  const rounds = Math.ceil(total / Math.ceil(most / 2) / batchesAtOnce);
  const count = Math.min(total, rounds * batchesAtOnce);
  const at = (part: number) => Math.floor((part * total) / count);
  return range(count).map((part) => {
    const length = at(part + 1) - at(part);
    return { first: at(part), length, rows: length };
  });
}

/** Batches of one size, each with points of one sample. */
export function evenParts(samples: number, draws: number, most: number): Part[] {
  const rows = evenSize(draws, most);
  const parts = range(Math.ceil(draws / rows)).map((part) => part * rows);
  return range(samples).flatMap((sample) =>
    parts.map((first) => ({
      first: sample * draws + first,
      ...{ length: Math.min(rows, draws - first), rows },
    })),
  );
}

/**
 * Path attributions along lines between images. The engine computes the points and sums the gradients of
 * each line.
 */
export async function pathGradients({
  model,
  targets,
  run,
  label,
  straight = false,
  noise,
  ...asked
}: PathRequest): Promise<PathGradients> {
  const even = isGpuProvider(model.engine.name);
  const draws = asked.draws + (even && straight ? 2 : 0);
  const point = (sample: number, draw: number): Point =>
    draw < asked.draws
      ? asked.point(sample, draw)
      : { ...asked.point(sample, 0), part: draw - asked.draws, weight: 0 };
  const { shape } = model.input;
  const size = sizeOf(shape);
  const classes = classCount(model);
  const total = targets.length * draws;
  const most = batchSizeOf(model);
  const parts = even ? evenParts(targets.length, draws, most) : partsOf(total, most);
  const sums = new Float64Array(targets.length * size);
  const known = new Map<Float32Array, Float32Array>();
  const program = await combinationProgram(model, noise && { noise: true, summed: ['values', 'noises'] });
  const step = run.progress.start(label, total);
  await concurrently(
    2 * program.sessions,
    parts.length,
    async (index) => {
      await checkpoint(run);
      const { first, length, rows } = parts[index]!;
      const points = Array.from({ length }, (_, i) => {
        const [sample, draw] = [Math.floor((first + i) / draws), (first + i) % draws];
        return { ...point(sample, draw), sample, draw };
      });
      const lines = linesOf(points);
      const plain = mixtureOf(points, lines, shape, rows);
      const mixture = {
        ...(noise ? withNoise(plain, noise, points) : plain),
        targets: range(rows).map((row) => targets[points[Math.min(row, length - 1)]!.sample]!),
      };
      const answer = await program.run(mixture, !noise && points.some(isEnd));
      return { ...answer, points, lines };
    },
    (batch) => {
      for (const [row, { sample, start, end }] of batch.lines.entries()) {
        const [to, from] = [sample * size, row * size];
        const { values, noises } = batch.sums;
        for (let i = 0; i < size; i++) {
          sums[to + i]! += (end[i]! - start[i]!) * values!.data[from + i]!;
          if (noises) sums[to + i]! += noise!.deviation * noises.data[from + i]!;
        }
      }
      for (const [row, point] of batch.points.entries()) {
        const logits = batch.logits?.data.subarray(row * classes, (row + 1) * classes);
        if (logits && isEnd(point)) known.set(point.part === 0 ? point.start : point.end, logits);
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

const isEnd = ({ part }: Point) => part === 0 || part === 1;

/** The mixture of some points in `rows` rows; the last point fills up the rows with weight 0. */
function mixtureOf(
  points: readonly Placed<Point>[],
  lines: readonly Placed<Line>[],
  shape: readonly number[],
  rows: number,
): Omit<LinearCombinations, 'targets'> {
  const flat = new Map(lines.map(({ start }) => [start, levelOf(start)]));
  const starts = lines.map(({ start }) => start).filter((start) => flat.get(start) === undefined);
  const images = [...new Set([...lines.map(({ end }) => end), ...starts])];
  const places = new Map(images.map((image, i) => [image, i]));
  const mix = zeros([rows, images.length]);
  const offset = zeros([rows, 1]);
  const collect = zeros([lines.length, rows]);
  for (let row = 0; row < rows; row++) {
    const point = points[Math.min(row, points.length - 1)]!;
    const { start, end, part, weight } = point;
    const level = flat.get(start);
    if (level !== undefined) offset.data[row] = (1 - part) * level;
    else mix.data[row * images.length + places.get(start)!]! += 1 - part;
    mix.data[row * images.length + places.get(end)!]! += part;
    if (row < points.length) collect.data[lines.findIndex((line) => isOn(point, line)) * rows + row] = weight;
  }
  return { sources: stacked(images, shape), mix, offset, collect };
}

/** The mixture with the noise of each point's draw at the end of its line. */
function withNoise(
  mixture: Omit<LinearCombinations, 'targets'>,
  { keys, deviation }: Noise,
  points: readonly (Point & { readonly draw: number })[],
): Omit<LinearCombinations, 'targets'> {
  const [rows, images] = mixture.mix.shape as [number, number];
  const each = sizeOf(keyShape);
  const mix = zeros([rows, rows + images]);
  const noise = new Int32Array(rows * each);
  for (let row = 0; row < rows; row++) {
    const { draw, part } = points[Math.min(row, points.length - 1)]!;
    noise.set(keys.subarray(draw * each, (draw + 1) * each), row * each);
    mix.data[row * (rows + images) + row] = part * deviation;
    mix.data.set(mixture.mix.data.subarray(row * images, (row + 1) * images), row * (rows + images) + rows);
  }
  return { ...mixture, noise, mix };
}

/** The value of an image whose values are all the same: it need not be sent. */
const levelOf = (image: Float32Array): number | undefined =>
  image.every((value) => value === image[0]) ? image[0] : undefined;
