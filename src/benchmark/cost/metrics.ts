import { seededRandom } from '../../base/random.js';
import { checkpoint, quietly, type RunContext } from '../../base/run.js';
import type { Engine } from '../../engine/engine.js';
import { type MetricName, metricOf, metrics, scorerOf } from '../../evaluation/index.js';
import { imageShape } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { gaussianBlur } from '../../tensor/blur.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import { median, milliseconds, timed } from '../seconds.js';
import { costModel } from './attribution.js';

export interface MetricCost {
  readonly metric: string;
  /** The images that the model sees for the score of one map. */
  readonly evaluations: number;
  /** The metric's time over that of the forward passes in it, the median of several scores. */
  readonly ratio: number;
}

/** Metrics that ask the model about changed images, and nothing else. */
export const costlyMetrics = Object.values(metrics)
  .filter(({ category, needs }) => category === 'faithfulness' && needs.every((need) => need === 'model'))
  .map(({ name }) => name);

/** Times each metric and the forward passes within it, on a smooth random map of a smooth random image. */
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
  const asked = { evaluations: 0, ms: 0 };
  const counted = async (given: Tensor) => {
    const { made, seconds } = await timed(() => predict(model, given, quietly));
    asked.evaluations += given.shape[0]!;
    asked.ms += 1000 * seconds;
    return made;
  };
  const results: MetricCost[] = [];
  const bar = run.progress.start(`cost of metrics on ${network}`, wanted.length * repeats);
  for (const name of wanted) {
    const { name: metric } = metricOf(name);
    const score = () => {
      Object.assign(asked, { evaluations: 0, ms: 0 });
      const by = scorerOf({ map, input, target: 0, model, predict: counted, seed: 0, run: quietly });
      return by(metric as MetricName);
    };
    // Compiles before timing.
    await score();
    const ratios: number[] = [];
    for (let i = 0; i < repeats; i++) {
      await checkpoint(run);
      ratios.push((await milliseconds(score)) / asked.ms);
      bar.advance(1, metric);
    }
    results.push({ metric, evaluations: asked.evaluations, ratio: median(ratios) });
  }
  bar.done();
  return results;
}
