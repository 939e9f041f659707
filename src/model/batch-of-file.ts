import { inputError } from '../base/errors.js';
import { float32 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import type { RunGraph } from '../graph/import/canonical.js';
import { sizeOf } from '../tensor/tensor.js';

/** Numbers of rows to try: views, frames or crops of one sample, or the batch of an export. */
const rowsToTry = [2, 3, 4, 5, 6, 8, 10, 16, 32, 64];

/** What a runtime says where a length inside the network is not that of the input. */
const ofLengths = /reshaped|shape|mixes the samples|broadcast|dimension/i;

/**
 * For the failure of a network of an open first axis that was given one row: the batch that the file holds as
 * a number inside, such as that of a recurrent layer's first state. Throws where the network runs with
 * several rows, because its first axis holds the parts of a sample one after the other; else throws the
 * failure again.
 */
export async function batchOfFile(
  failure: unknown,
  graph: Graph,
  sample: readonly number[],
  output: string,
  run: RunGraph,
): Promise<number> {
  const input = graph.inputs[0]!;
  const given = input.shape?.[0];
  if (typeof given === 'number' || !ofLengths.test(String((failure as Error).message))) throw failure;
  const outputRows = async (rows: number) => {
    const shape = [rows, ...sample];
    const blank = float32(new Float32Array(sizeOf(shape)).fill(0.5), shape);
    const [ran] = await run(graph, [blank]).catch(() => []);
    return ran?.[output]?.shape[0];
  };
  const ofOne = await outputRows(1);
  if (ofOne !== undefined) {
    if (ofOne > 1 && (await outputRows(ofOne)) === ofOne) return ofOne;
    throw failure;
  }
  for (const rows of rowsToTry) {
    const made = await outputRows(rows);
    if (made === rows) return rows;
    if (made !== undefined) {
      throw inputError(
        `the network runs with ${rows} rows of input '${input.name}' [${input.shape ?? '?'}], and not with one: its first axis holds the parts of a sample (views, frames); export the model with a batch axis first, and the parts on one of their own`,
      );
    }
  }
  throw failure;
}
