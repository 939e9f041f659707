import { SightlineError, unsupported } from '../../base/errors.js';
import { seededRandom } from '../../base/random.js';
import { sizeOf } from '../../tensor/tensor.js';
import { float32, numbers } from '../elements.js';
import type { Constant, Graph } from '../graph.js';
import { type Evaluate, fold, sampleFree, withValues } from './fold.js';
import { openBatch } from './open-batch.js';
import { inFloat32 } from './precision.js';
import { type Renamed, tidy } from './tidy.js';
import { unfuse } from './unfuse.js';
import { type Lengths, needsLengths, upgrade } from './upgrade.js';

export { inFloat32, type Renamed };

/** Runs a graph once and returns its outputs. */
export type RunGraph = (graph: Graph, input: Constant) => Promise<Readonly<Record<string, Constant>>>;

/**
 * One form for every export: opset 20, no constants, identities or shape arithmetic as nodes, and any batch. `sample`
 * is one sample's shape, `output` the one that must be `[batch, ..]`. Value names are kept; those that went lead to what
 * stands for them.
 */
export async function canonical(
  graph: Graph,
  sample: readonly number[],
  output: string,
  run: RunGraph,
): Promise<Renamed> {
  const tidied = tidy(graph);
  const declared = graph.inputs[0]!.shape?.[0];
  const batch = typeof declared === 'number' ? declared : 1;
  const evaluate: Evaluate = async (of, size, values) => {
    const outputs = values.map((name) => ({ name, type: 'float32' as const }));
    const shape = [size, ...sample];
    const input = float32(new Float32Array(sizeOf(shape)).fill(0.5), shape);
    return new Map(Object.entries(await run({ ...of, outputs }, input)));
  };
  const needed = needsLengths(tidied.graph);
  const found = needed.length > 0 ? await evaluate(tidied.graph, batch, needed) : new Map<string, Constant>();
  const modern = unfuse(upgrade(tidied.graph, lengthsOf(found)));
  const dynamic = typeof declared !== 'number' && (await takesTwo(modern, output, evaluate));
  const result = dynamic
    ? await fold(modern, evaluate)
    : await opened(modern, [batch, ...sample], output, evaluate);
  const open = { ...result, inputs: [{ ...graph.inputs[0]!, shape: ['N', ...sample] }] };
  if (!dynamic) await verify(modern, open, batch, sample, output, run);
  return { graph: open, aliases: tidied.aliases };
}

const lengthsOf = (values: ReadonlyMap<string, Constant>): Map<string, readonly number[]> =>
  new Map([...values].map(([name, { shape }]) => [name, shape]));

/** Whether a batch of two gives two rows: a graph may say that its batch is open and hold it as a number. */
async function takesTwo(graph: Graph, output: string, evaluate: Evaluate): Promise<boolean> {
  try {
    const values = await evaluate(graph, 2, [output]);
    return values.get(output)!.shape[0] === 2;
  } catch (error) {
    if (error instanceof SightlineError && error.kind === 'environment') return false;
    throw error;
  }
}

async function opened(
  graph: Graph,
  shape: readonly number[],
  output: string,
  evaluate: Evaluate,
): Promise<Graph> {
  const batch = shape[0]!;
  const values = await evaluate(
    graph,
    batch,
    graph.nodes.flatMap((node) => node.outputs.filter((v) => v !== '')),
  );
  const free = sampleFree(graph).map((name): [string, Constant] => [name, values.get(name)!]);
  const folded = withValues(graph, new Map(free));
  const lengths: Lengths = new Map([
    ...lengthsOf(folded.initializers),
    ...lengthsOf(values),
    [graph.inputs[0]!.name, shape],
  ]);
  return openBatch(folded, lengths, batch, output);
}

/** Throws where two samples run together do not give what they give in the batch of the export. */
async function verify(
  fixed: Graph,
  open: Graph,
  batch: number,
  sample: readonly number[],
  output: string,
  run: RunGraph,
): Promise<void> {
  const random = seededRandom('open batch');
  const size = sizeOf(sample);
  const two = Float32Array.from({ length: 2 * size }, () => random.normal());
  const together = await run(open, float32(two, [2, ...sample]));
  for (const row of [0, 1]) {
    const repeated = new Float32Array(batch * size);
    for (let i = 0; i < batch; i++) repeated.set(two.subarray(row * size, (row + 1) * size), i * size);
    const alone = await run(fixed, float32(repeated, [batch, ...sample]));
    const expected = numbers(alone[output]!).slice(0, alone[output]!.data.length / batch);
    const got = numbers(together[output]!).slice(row * expected.length, (row + 1) * expected.length);
    const scale = Math.max(...expected.map(Math.abs), 1e-6);
    if (expected.some((value, i) => !(Math.abs(value - got[i]!) <= 1e-4 * scale))) {
      throw unsupported(
        `the model was exported for a batch of ${batch}, and its samples cannot be told apart; export it with a dynamic batch axis`,
      );
    }
  }
}
