import { concurrently } from '../../base/concurrently.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { batchSizeOf } from '../../model/batch-size.js';
import type { Classifier } from '../../model/classifier.js';
import { type Floats, sizeOf, type Tensor } from '../../tensor/tensor.js';

export interface Draws {
  readonly model: Classifier;
  readonly targets: readonly number[];
  readonly run: RunContext;
  /** The number of variations of each sample. */
  readonly draws: number;
  readonly label: string;
  /** Writes variation `draw` of sample `sample` into `row`. Called for all samples before the next draw. */
  vary(sample: number, draw: number, row: Float32Array): void;
  /** Evaluates a batch of variations of `samples`; returns one row per variation. */
  ask(batch: Tensor, targets: readonly number[], samples: readonly number[]): Promise<Tensor<Floats>>;
  /** Receives the row of one variation. `row` is reused afterwards. */
  take(sample: number, draw: number, row: Floats): void;
}

/** The model batches in one call of `ask`. */
const batchesAtOnce = 2;

/**
 * Evaluates many variations of each sample in batches, so that memory does not grow with `draws`. Prepares
 * the next variations while the model runs. Calls `take` in order.
 */
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
  const most = batchSizeOf(model) * batchesAtOnce;
  await concurrently(
    2,
    Math.ceil(total / most),
    async (part) => {
      await checkpoint(run);
      const count = Math.min(most, total - part * most);
      const batch = new Float32Array(count * size);
      const items = Array.from({ length: count }, (_, i) => ({
        sample: (part * most + i) % targets.length,
        draw: Math.floor((part * most + i) / targets.length),
      }));
      for (const [i, { sample, draw }] of items.entries())
        vary(sample, draw, batch.subarray(i * size, (i + 1) * size));
      const answers = await ask(
        { data: batch, shape: [count, ...shape] },
        items.map(({ sample }) => targets[sample]!),
        items.map(({ sample }) => sample),
      );
      return { items, answers };
    },
    ({ items, answers }) => {
      const width = answers.data.length / items.length;
      for (const [i, { sample, draw }] of items.entries()) {
        take(sample, draw, answers.data.subarray(i * width, (i + 1) * width));
      }
      step.advance(items.length);
    },
  );
  step.done();
}
