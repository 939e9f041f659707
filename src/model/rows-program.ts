import type { RunContext } from '../base/run.js';
import { isGpuProvider } from '../engine/gpu/prepare.js';
import { type Feeds, runRows } from '../engine/run-rows.js';
import type { Graph } from '../graph/graph.js';
import type { Floats, Tensor } from '../tensor/tensor.js';
import { batchSizeOf, evenSize } from './batch-size.js';
import type { Classifier } from './classifier.js';
import { programOf } from './programs.js';

/** A program over rows: inputs and outputs whose first axis is the batch. */
export interface RowsProgram {
  readonly sessions: number;
  /** The number of rows of one run: the largest, on a GPU that of every run. */
  readonly size: number;
  /**
   * Runs it over feeds with equally many rows; `fixed` feeds are the same for every run. Outputs are of `A`,
   * as the graph declares them.
   */
  run<A extends Floats = Float32Array>(
    feeds: Feeds,
    run: RunContext,
    fixed?: Feeds,
  ): Promise<Record<string, Tensor<A>>>;
}

/**
 * The program of `build` for about `count` rows at a time, at most `most` in one run. A GPU plans every
 * convolution anew when the shape of a run differs from the last one's, so there each size is a program of
 * its own, and sees no other.
 */
export async function rowsProgram(
  model: Classifier,
  key: string,
  build: () => Graph,
  count: number,
  most = batchSizeOf(model),
): Promise<RowsProgram> {
  const even = isGpuProvider(model.engine.name);
  const size = even ? evenSize(count, most) : most;
  const program = await programOf(model, even ? `${key} of ${size}` : key, build);
  return {
    sessions: program.sessions,
    size,
    run: (feeds, run, fixed) => runRows(program, feeds, size, run, fixed, even),
  };
}
