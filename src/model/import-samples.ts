import { inputError, SightlineError } from '../base/errors.js';
import { seededRandom } from '../base/random.js';
import type { Engine } from '../engine/engine.js';
import { float32, numbers } from '../graph/elements.js';
import type { Constant, Graph } from '../graph/graph.js';
import { BatchError } from '../graph/import/batch/error.js';
import { canonical, type Renamed, type RunGraph } from '../graph/import/canonical.js';
import { joinsSamples, onlyRuns } from '../graph/import/check-nodes.js';
import { grownAxis } from '../graph/import/known/grown-axis.js';
import { oneByOne } from '../graph/import/one-by-one.js';
import type { Shapes } from '../graph/shapes.js';
import { sizeOf } from '../tensor/tensor.js';
import { batchOfFile } from './batch-of-file.js';
import { probeSamples, runOn } from './probe.js';

/** A graph that takes a batch of samples, and what it gives for two of them. */
export interface Samples extends Renamed {
  readonly shapes: Shapes;
  readonly rows: Constant;
  /** Why the network is run on one sample after another, as the whole of one node, where it is. */
  readonly alone?: string;
}

/**
 * Rewrites a model's graph so that it takes a batch. A network that the runtime runs, and whose batch cannot
 * be opened, runs on one sample after another: methods that only run it explain it then, the others refuse.
 */
export async function importSamples(
  graph: Graph,
  sample: readonly number[],
  output: string,
  engine: Engine,
): Promise<Samples> {
  const run = runOn(engine);
  const opened = async (whole: Graph): Promise<Samples> => {
    const { graph: made, aliases } = await canonical(whole, sample, output, run);
    const together = joinsSamples(made);
    if (together !== undefined) throw new BatchError(together);
    return { graph: made, aliases, ...(await probeSamples(made, made.inputs[0]!, sample, engine)) };
  };
  const onlyRun = onlyRuns(graph);
  try {
    if (onlyRun !== undefined) throw new BatchError(onlyRun);
    return await opened(graph);
  } catch (failure) {
    if (!(failure instanceof BatchError)) {
      const batch = await batchOfFile(failure, graph, sample, output, run);
      return importSamples(ofBatch(graph, batch), sample, output, engine);
    }
    const single = await inTurn(graph, sample, output, run).catch((other) => {
      if (other instanceof SightlineError && other.kind === 'input') throw other;
    });
    if (!single) throw failure;
    return { ...(await opened(single)), alone: failure.message };
  }
}

/** The graph with a number in place of the open length of its input's first axis. */
const ofBatch = (graph: Graph, batch: number): Graph => {
  const input = graph.inputs[0]!;
  return { ...graph, inputs: [{ ...input, shape: [batch, ...(input.shape?.slice(1) ?? [])] }] };
};

/**
 * The graph that runs one sample after another. None where two rows of an open first axis give no two outputs
 * (the parts of a bag, say), or where a sample's output depends on those beside it.
 */
async function inTurn(
  graph: Graph,
  sample: readonly number[],
  output: string,
  run: RunGraph,
): Promise<Graph | undefined> {
  const input = graph.inputs[0]!;
  const declared = input.shape?.[0];
  const batch = typeof declared === 'number' ? declared : 1;
  const random = seededRandom('one by one');
  const size = sizeOf(sample);
  const first = Float32Array.from({ length: size }, () => random.normal());
  const beside = (rows: number, mean: number) => {
    const data = Float32Array.from({ length: rows * size }, () => mean + random.normal());
    data.set(first);
    return float32(data, [rows, ...sample]);
  };
  const found = (
    await run(
      graph,
      [0, -5, 5].map((mean) => beside(batch, mean)),
    )
  ).map((made) => made[output]!);
  const { shape: dims } = found[0]!;
  if (batch > 1 && dims[0] !== batch)
    throw inputError(
      `input '${input.name}' [${input.shape ?? '?'}] gives an output [${dims}], which has no row for each of ${batch}: its first axis is not the batch (it holds the views, frames or instances of one sample, say); export the model with a batch axis first, and these on an axis of their own: [N,${batch},${sample}]`,
    );
  const grown = typeof declared === 'number' ? 0 : await outputAxis(graph, dims, beside(2, 0), output, run);
  const row = dims[grown] === batch && dims.length > 1 ? dims.toSpliced(grown, 1) : dims;
  const [alone, ...others] = found.map((made) => numbers(made).slice(0, sizeOf(row)));
  const isSame = (value: number, other: number) =>
    Object.is(value, other) || Math.abs(value - other) <= 1e-4 * (1 + Math.abs(value));
  if (!others.every((other) => other.every((value, i) => isSame(alone![i]!, value)))) return undefined;
  if (batch > 1) {
    const copies = float32(
      Float32Array.from({ length: batch * size }, (_, i) => first[i % size]!),
      [batch, ...sample],
    );
    const rows = numbers((await run(graph, [copies]))[0]![output]!);
    if (!rows.every((value, i) => isSame(alone![i % alone!.length]!, value)))
      throw inputError(
        `the same sample has another output in each of the ${batch} rows of input '${input.name}', so that none is its own; export the model with a dynamic batch axis`,
      );
  }
  return oneByOne({ ...graph, inputs: [{ ...input, shape: [batch, ...sample] }] }, batch, output, row);
}

/**
 * The axis of the output that is longer for two samples, or the first where the file takes no more than one.
 * Throws where two samples give as much as one.
 */
async function outputAxis(
  graph: Graph,
  one: readonly number[],
  pair: Constant,
  output: string,
  run: RunGraph,
): Promise<number> {
  const made = await run(graph, [pair]).catch(() => undefined);
  if (!made) return 0;
  const { shape: two } = made[0]![output]!;
  const grown = grownAxis(one, two);
  if (grown !== undefined) return grown;
  const { name, shape } = graph.inputs[0]!;
  const rows = `two rows of input '${name}' [${shape ?? '?'}] give`;
  if (two.join() !== one.join())
    throw inputError(
      `${rows} an output [${two}] where one gives [${one}], which has no axis of samples; export the model with an output [batch, classes]`,
    );
  throw inputError(
    `${rows} one output [${two}], as one does: its first axis holds the parts of a sample (views, frames, instances of a bag), or the network sums up its samples; export the model with a batch axis first, and the parts on one of their own`,
  );
}
