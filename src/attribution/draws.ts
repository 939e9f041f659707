import { checkpoint, type RunContext } from '../base/run.js';
import type { Classifier } from '../model/classifier.js';
import { batchSizeOf } from '../model/predict.js';
import { sizeOf, type Tensor } from '../tensor/tensor.js';

export interface Draws {
  readonly model: Classifier;
  readonly targets: readonly number[];
  readonly run: RunContext;
  /** Variations of each sample. */
  readonly draws: number;
  readonly label: string;
  /** Writes the variation `draw` of sample `sample` into `row`. */
  vary(sample: number, draw: number, row: Float32Array): void;
  /** Asks the model about a batch of variations: a row of answers for each. */
  ask(batch: Tensor, targets: readonly number[]): Promise<Tensor>;
  /** Takes the answer for one variation; `row` is not to be kept. */
  take(sample: number, draw: number, row: Float32Array): void;
}

/** Asks the model about many variations of each sample, a batch at a time: memory does not grow with `draws`. */
export async function overDraws({
  model,
  targets,
  run,
  draws,
  label,
  vary,
  ask,
  take,
}: Draws): Promise<void> {
  const { shape } = model.input;
  const size = sizeOf(shape);
  const total = targets.length * draws;
  const step = run.progress.start(label, total);
  for (let from = 0; from < total; from += batchSizeOf(model)) {
    await checkpoint(run);
    const count = Math.min(batchSizeOf(model), total - from);
    const batch = new Float32Array(count * size);
    const items = Array.from({ length: count }, (_, i) => {
      const sample = Math.floor((from + i) / draws);
      return { sample, draw: (from + i) % draws, row: batch.subarray(i * size, (i + 1) * size) };
    });
    for (const { sample, draw, row } of items) vary(sample, draw, row);
    const answers = await ask(
      { data: batch, shape: [count, ...shape] },
      items.map(({ sample }) => targets[sample]!),
    );
    const width = answers.data.length / count;
    for (const [i, { sample, draw }] of items.entries()) {
      take(sample, draw, answers.data.subarray(i * width, (i + 1) * width));
    }
    step.advance(count);
  }
  step.done();
}
