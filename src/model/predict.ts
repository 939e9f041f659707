import { checkpoint, quietly, type RunContext } from '../base/run.js';
import { float32 } from '../graph/elements.js';
import { rows, sizeOf, type Tensor, zeros } from '../tensor/tensor.js';
import type { Classifier } from './classifier.js';
import { programOf } from './programs.js';

/** Samples that are run at once: enough to fill the cores, little enough to bound memory. */
export function batchSizeOf({ input }: Classifier): number {
  const valuesAtOnce = 16 * 3 * 224 * 224;
  return Math.min(256, Math.max(8, Math.floor(valuesAtOnce / sizeOf(input.shape))));
}

/** The raw outputs `[N, K]` of a batch `[N, ...]`, in batches. */
export async function predict(model: Classifier, input: Tensor, run: RunContext = quietly): Promise<Tensor> {
  const program = await programOf(model, 'forward', () => ({
    ...model.graph,
    outputs: model.graph.outputs.filter((v) => v.name === model.output),
  }));
  const classes = model.shapes.get(model.output)!.dims[1]!;
  const count = input.shape[0]!;
  const batch = batchSizeOf(model);
  const out = zeros([count, classes]);
  for (let from = 0; from < count; from += batch) {
    await checkpoint(run);
    const part = rows(input, from, Math.min(count, from + batch));
    const { [model.output]: logits } = await program.run({
      [model.input.name]: float32(part.data, part.shape),
    });
    out.data.set(logits!.data as Float32Array, from * classes);
  }
  return out;
}
