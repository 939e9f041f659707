import { quietly, type RunContext } from '../base/run.js';
import { runRows } from '../engine/run-rows.js';
import { sizeOf, type Tensor } from '../tensor/tensor.js';
import type { Classifier } from './classifier.js';
import { programOf } from './programs.js';

/** Most samples of one run: enough to fill a core, little enough to bound memory. */
export function batchSizeOf({ input, precision }: Classifier): number {
  // In double a convolution holds what all its taps see.
  const valuesAtOnce = (precision === 'float64' ? 2 : 8) * 3 * 224 * 224;
  return Math.min(256, Math.max(8, Math.floor(valuesAtOnce / sizeOf(input.shape))));
}

/** The raw outputs `[N, K]` of a batch `[N, ...]`, in batches. */
export async function predict(model: Classifier, input: Tensor, run: RunContext = quietly): Promise<Tensor> {
  const program = await programOf(model, 'forward', () => ({
    ...model.graph,
    outputs: model.graph.outputs.filter((v) => v.name === model.output),
  }));
  const found = await runRows(program, { [model.input.name]: input }, batchSizeOf(model), run);
  return found[model.output]!;
}
