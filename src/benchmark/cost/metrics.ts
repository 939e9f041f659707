import { concurrently } from '../../base/concurrently.js';
import { seededRandom } from '../../base/random.js';
import { checkpoint, quietly, type RunContext } from '../../base/run.js';
import type { Engine } from '../../engine/engine.js';
import { type MetricName, metricOf, metrics, scorerOf } from '../../evaluation/index.js';
import { imageShape } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { gaussianBlur } from '../../tensor/blur.js';
import { concatenate, rows, sizeOf, type Tensor } from '../../tensor/tensor.js';
import { median, milliseconds } from '../seconds.js';
import { costModel } from './attribution.js';

export interface MetricCost {
  readonly metric: string;
  /** The images that the model sees for the score of one map. */
  readonly evaluations: number;
  /** The time of several maps of an image, scored as by a run, over that of their bare forward passes. */
  readonly ratio: number;
  /** The same for one map alone, whose first images nothing is computed beside. */
  readonly alone: number;
}

/** Images of a bare call, enough for a batch on each of two cores; calls and maps that are sent at once. */
const [IMAGES, IN_FLIGHT] = [32, 2];
/** As many maps are scored as make this many evaluations, and at least two. */
const EVALUATIONS = 512;

/** Metrics that ask the model about changed images, and nothing else. */
export const costlyMetrics = Object.values(metrics)
  .filter(({ category, needs }) => category === 'faithfulness' && needs.every((need) => need === 'model'))
  .map(({ name }) => name);

/** Times each metric and as many forward passes by turns, on a smooth random map of such an image. */
export async function metricCost(
  network: string,
  wanted: readonly string[],
  engine: Engine,
  run: RunContext,
  { repeats = 3 } = {},
): Promise<MetricCost[]> {
  const model = await costModel(network, engine);
  const random = seededRandom('cost of metrics');
  const drawn = (shape: readonly number[]): Tensor =>
    gaussianBlur({ data: Float32Array.from({ length: sizeOf(shape) }, () => random.normal()), shape }, 4);
  const { height, width } = imageShape(model);
  const map = drawn([height, width]);
  const input = drawn([1, ...model.input.shape]);
  let evaluations = 0;
  const counted = (given: Tensor) => {
    evaluations += given.shape[0]!;
    return predict(model, given, quietly);
  };
  const images = concatenate(Array.from({ length: IMAGES }, () => input));
  /** Evaluates so many images and does nothing else. */
  const bare = (count: number) =>
    concurrently(
      IN_FLIGHT,
      Math.ceil(count / IMAGES),
      (call) => predict(model, rows(images, 0, Math.min(IMAGES, count - call * IMAGES)), quietly),
      () => {},
    );
  const results: MetricCost[] = [];
  const bar = run.progress.start(`cost of metrics on ${network}`, wanted.length * repeats);
  for (const name of wanted) {
    const { name: metric } = metricOf(name);
    const blurs = new Map<number, Float32Array>();
    const score = () =>
      scorerOf({ map, input, blurs, target: 0, model, predict: counted, seed: 0, run: quietly })(
        metric as MetricName,
      );
    // Compiles before timing.
    evaluations = 0;
    await score();
    const own = evaluations;
    const maps = Math.max(IN_FLIGHT, Math.ceil(EVALUATIONS / own));
    const timesOf = async (count: number) => {
      blurs.clear();
      const whole = await milliseconds(() => concurrently(IN_FLIGHT, count, score, () => {}));
      const alike = () =>
        concurrently(
          IN_FLIGHT,
          count,
          () => bare(own),
          () => {},
        );
      return whole / (await milliseconds(alike));
    };
    const [ratios, alone]: [number[], number[]] = [[], []];
    for (let i = 0; i < repeats; i++) {
      await checkpoint(run);
      ratios.push(await timesOf(maps));
      alone.push(await timesOf(1));
      bar.advance(1, metric);
    }
    results.push({ metric, evaluations: own, ratio: median(ratios), alone: median(alone) });
  }
  bar.done();
  return results;
}
