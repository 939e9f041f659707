import { quietly, type RunContext } from '../base/run.js';
import { runRows } from '../engine/run-rows.js';
import type { Shapes } from '../graph/shapes.js';
import { sizeOf, type Tensor } from '../tensor/tensor.js';
import type { Classifier } from './classifier.js';
import { programOf } from './programs.js';

/** Largest size of one run's forward values in one session; a backward pass about doubles it. */
const MOST_BYTES = 320 * 2 ** 20;

/** Largest number of samples in one run: enough to fill a core, with bounded memory for any network. */
export function batchSizeOf({ shapes, precision }: Classifier): number {
  const known = sizes.get(shapes) ?? valuesOfOne(shapes);
  sizes.set(shapes, known);
  // In double a convolution stores the inputs of all taps.
  const bytes = precision === 'float64' ? 16 : 4;
  return Math.min(256, Math.max(1, Math.floor(MOST_BYTES / (bytes * known))));
}

const sizes = new WeakMap<Shapes, number>();

/** Number of values that a forward pass computes for one sample. */
function valuesOfOne(shapes: Shapes): number {
  let sum = 1;
  for (const { dims, batchAxis } of shapes.values()) if (batchAxis !== undefined) sum += sizeOf(dims);
  return sum;
}

/** The raw outputs `[N, K]` for inputs `[N, ...]` as the model takes them (normalised). */
export async function predict(model: Classifier, input: Tensor, run: RunContext = quietly): Promise<Tensor> {
  const program = await programOf(model, 'forward', () => ({
    ...model.graph,
    outputs: model.graph.outputs.filter((v) => v.name === model.output),
  }));
  const found = await runRows(program, { [model.input.name]: input }, batchSizeOf(model), run);
  return found[model.output]!;
}
