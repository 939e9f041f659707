import { join } from 'node:path';
import type { RunContext } from '../base/run.js';
import { batchOf } from '../benchmark/cases.js';
import type { BenchmarkResult } from '../benchmark/rows.js';
import { loadOfTask } from '../benchmark/task-model.js';
import { openPrepared } from '../data/prepare/index.js';
import type { Engine } from '../engine/engine.js';
import type { PrecisionChoice } from '../model/precision.js';
import { predict } from '../model/predict.js';
import { probabilities } from '../model/probability.js';
import type { Tensor } from '../tensor/tensor.js';

/** A change of the class's probability that counts as one; of a regression, in standard deviations. */
const CHANGE = 0.1;

/** What is known of an explained image beside its maps. */
export interface ExplainedImage {
  readonly id: string;
  readonly right: boolean;
  /**
   * Whether the probability of its class changes by 0.1 or more without the cause (the mean image there), or
   * a predicted number by as much of the standard deviation of the training images' numbers.
   */
  readonly changes: boolean;
}

/** The explained images of a run in their order, asked again without the pixels of the cause. */
export async function imagesOf(
  { cases, classes }: Pick<BenchmarkResult, 'cases' | 'classes'>,
  folder: string,
  prepared: string,
  precision: PrecisionChoice,
  engine: Engine,
  run: RunContext,
): Promise<ExplainedImage[]> {
  const task = await openPrepared(prepared);
  const { regression } = task;
  const model = await loadOfTask(join(folder, 'model.onnx'), task, { engine, precision });
  const { samples, predictions, meanInput } = cases;
  const shown = batchOf(model, samples);
  const without = { data: Float32Array.from(shown.data), shape: shown.shape };
  const size = meanInput.data.length;
  for (const [n, { mask }] of samples.entries()) {
    const pixels = mask?.data ?? [];
    for (let i = 0; i < size; i++)
      if (pixels[i % pixels.length] === 1) without.data[n * size + i] = meanInput.data[i]!;
  }
  const answers = async (input: Tensor) => {
    const outputs = await predict(model, input, run);
    return regression
      ? outputs.data.map((value) => value / regression.spread)
      : probabilities(model, outputs).data;
  };
  const [before, after] = [await answers(shown), await answers(without)];
  return samples.map(({ id, labels }, n) => {
    const own = labels.at(-1)!;
    const at = n * classes.length + own;
    return {
      id,
      right: regression !== undefined || predictions[n]!.prediction === classes[own],
      changes: Math.abs(after[at]! - before[at]!) >= CHANGE,
    };
  });
}
