import { inputError } from '../base/errors.js';
import { float32 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import type { RunGraph } from '../graph/import/canonical.js';
import { sizeOf } from '../tensor/tensor.js';

/** Numbers of rows that one sample may have: views, frames, crops. */
const parts = [2, 3, 4, 5, 6, 8, 10];

/**
 * For the failure of a network that was given one row: throws where it runs with several, because its first
 * axis holds the parts of a sample one after the other; else throws the failure again.
 */
export async function refuseRowsOfOneSample(
  failure: unknown,
  graph: Graph,
  sample: readonly number[],
  run: RunGraph,
): Promise<never> {
  const input = graph.inputs[0]!;
  const given = input.shape?.[0];
  if (typeof given === 'number' || !String((failure as Error).message).includes('cannot be reshaped'))
    throw failure;
  for (const rows of parts) {
    const shape = [rows, ...sample];
    const blank = float32(new Float32Array(sizeOf(shape)).fill(0.5), shape);
    const ran = await run(graph, [blank]).catch(() => undefined);
    if (ran) {
      throw inputError(
        `the network runs with ${rows} rows of input '${input.name}' [${input.shape ?? '?'}], and not with one: its first axis holds the parts of a sample (views, frames); export the model with a batch axis first, and the parts on one of their own`,
      );
    }
  }
  throw failure;
}
