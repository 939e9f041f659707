import { quietly, type RunContext } from '../base/run.js';
import { runRows } from '../engine/run-rows.js';
import type { Shapes } from '../graph/shapes.js';
import { sizeOf, type Tensor } from '../tensor/tensor.js';
import type { Classifier } from './classifier.js';
import { programOf } from './programs.js';

/**
 * Largest size of one run's forward values in one session; a backward pass about doubles it. On the CPU more
 * than a few samples are no faster: a run that takes more memory than `enoughBytes` has at most
 * `enoughSamples`. In double even one sample fills a core.
 */
const mostBytes = 320 * 2 ** 20;
const enoughBytes = 64 * 2 ** 20;
const enoughSamples = 16;

/** Largest number of samples in one run: enough to fill a core, with bounded memory for any network. */
export function batchSizeOf({
  shapes,
  precision,
  engine,
}: Pick<Classifier, 'shapes' | 'precision' | 'engine'>): number {
  const known = sizes.get(shapes) ?? valuesOfOne(shapes);
  sizes.set(shapes, known);
  const within = (bytes: number) => Math.floor(bytes / (4 * known));
  // A convolution in double stores the inputs of all taps, about 16 times what it stores in single precision.
  if (precision === 'float64') return Math.min(256, Math.max(1, within(enoughBytes / 16)));
  const most = Math.min(256, Math.max(1, within(mostBytes)));
  return engine.name === 'cpu' ? Math.min(most, Math.max(enoughSamples, within(enoughBytes))) : most;
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
