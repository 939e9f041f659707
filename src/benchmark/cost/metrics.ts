import { seededRandom } from '../../base/random.js';
import { checkpoint, quietly, type RunContext } from '../../base/run.js';
import type { Engine } from '../../engine/engine.js';
import { type MetricName, metricOf, metrics, scorerOf } from '../../evaluation/index.js';
import { imageShape } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { median, milliseconds } from '../seconds.js';
import { costModel } from './attribution.js';

export interface MetricCost {
  readonly metric: string;
  /** The images that the model sees for the score of one map. */
  readonly evaluations: number;
  /** The metric's time over that of the bare forward passes of the same batches: the median of pairs. */
  readonly ratio: number;
}

/** Metrics that ask the model about changed images, and nothing else. */
export const costlyMetrics = Object.values(metrics)
  .filter(({ category, needs }) => category === 'faithfulness' && needs.every((need) => need === 'model'))
  .map(({ name }) => name);

/** Times each metric, and the forward passes that it takes, in alternation on a random map of one image. */
export async function metricCost(
  network: string,
  wanted: readonly string[],
  engine: Engine,
  run: RunContext,
  { repeats = 3 } = {},
): Promise<MetricCost[]> {
  const model = await costModel(network, engine);
  const random = seededRandom('cost of metrics');
  const drawn = (shape: readonly number[]): Tensor => ({
    data: Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  });
  const { height, width } = imageShape(model);
  const map = drawn([height, width]);
  const input = drawn([1, ...model.input.shape]);
  const batches: number[] = [];
  const counted = (given: Tensor) => {
    batches.push(given.shape[0]!);
    return predict(model, given, quietly);
  };
  const results: MetricCost[] = [];
  const bar = run.progress.start(`cost of metrics on ${network}`, wanted.length * repeats);
  for (const name of wanted) {
    const { name: metric } = metricOf(name);
    const score = () => {
      batches.length = 0;
      const by = scorerOf({ map, input, target: 0, model, predict: counted, seed: 0, run: quietly });
      return by(metric as MetricName);
    };
    const forward = async () => {
      for (const size of batches) await predict(model, zeros([size, ...model.input.shape]), quietly);
    };
    // Compiles before timing.
    await score();
    const ratios: number[] = [];
    for (let i = 0; i < repeats; i++) {
      await checkpoint(run);
      const before = await milliseconds(forward);
      const own = await milliseconds(score);
      const after = await milliseconds(forward);
      ratios.push(own / ((before + after) / 2));
      bar.advance(1, metric);
    }
    results.push({ metric, evaluations: batches.reduce((a, b) => a + b, 0), ratio: median(ratios) });
  }
  bar.done();
  return results;
}
