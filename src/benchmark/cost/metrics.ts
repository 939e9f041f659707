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
  /** The metric's time over that of as many bare forward passes after it: the median of several. */
  readonly ratio: number;
}

/** Images of a bare call, enough for a batch on each of two cores, and calls that are sent at once. */
const [AT_ONCE, IN_FLIGHT] = [32, 2];

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
  const images = concatenate(Array.from({ length: AT_ONCE }, () => input));
  /** Evaluates so many images and does nothing else. */
  const bare = (count: number) =>
    concurrently(
      IN_FLIGHT,
      Math.ceil(count / AT_ONCE),
      (call) => predict(model, rows(images, 0, Math.min(AT_ONCE, count - call * AT_ONCE)), quietly),
      () => {},
    );
  const results: MetricCost[] = [];
  const bar = run.progress.start(`cost of metrics on ${network}`, wanted.length * repeats);
  for (const name of wanted) {
    const { name: metric } = metricOf(name);
    const score = () => {
      evaluations = 0;
      const by = scorerOf({ map, input, target: 0, model, predict: counted, seed: 0, run: quietly });
      return by(metric as MetricName);
    };
    // Compiles before timing.
    await score();
    const ratios: number[] = [];
    for (let i = 0; i < repeats; i++) {
      await checkpoint(run);
      const whole = await milliseconds(score);
      ratios.push(whole / (await milliseconds(() => bare(evaluations))));
      bar.advance(1, metric);
    }
    results.push({ metric, evaluations, ratio: median(ratios) });
  }
  bar.done();
  return results;
}
