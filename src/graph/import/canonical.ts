import { seededRandom } from '../../base/random.js';
import { extent } from '../../tensor/quantile.js';
import { sizeOf } from '../../tensor/tensor.js';
import { ints } from '../attributes.js';
import { is } from '../catalogue/index.js';
import { float32, numbers } from '../elements.js';
import type { Constant, Graph } from '../graph.js';
import { type Renamed, tidy } from '../tidy.js';

import { BatchError } from './batch/error.js';
import { openBatch } from './batch/open-batch.js';
import { reshapeStridedViews } from './batch/strided-views.js';
import { needsHeads, openAttention } from './fused/open-attention.js';
import { unfuse } from './fused/unfuse.js';
import { takeBranches } from './known/branches.js';
import { type Evaluate, fold, noRun, sampleFree, withValues } from './known/fold.js';
import { needsWindows, padInsteadOfCeil } from './operators/ceil-mode.js';
import { finiteMasks } from './operators/finite-masks.js';
import { needsFlips, openFlips } from './operators/flips.js';
import { inFloat32 } from './operators/float32.js';
import { withoutForeign } from './operators/foreign.js';
import { needsBlocks, openFold } from './operators/open-fold.js';
import { openFunctions } from './operators/open-functions.js';
import { needsMasks, openMasked } from './operators/open-masked.js';
import { needsSteps, openRecurrent } from './operators/open-recurrent.js';
import { openSequences } from './operators/open-sequences.js';
import { keepZerosInMaxima } from './operators/padded-maxima.js';
import { namedRectifiers } from './operators/rectifiers.js';
import { type Lengths, needsLengths, upgrade } from './operators/upgrade.js';
import { uprightAttention } from './operators/upright-attention.js';
import { wrappedPads } from './operators/wrapped-pads.js';
import { openDynamic } from './quantised/open-dynamic.js';
import { openQuantised, withoutRounding } from './quantised/open-quantised.js';
import { refuseDraws, refuseTraining } from './refuse-training.js';

export { inFloat32, type Renamed };

/** Runs a graph on each of several inputs and returns the outputs of each run. */
export type RunGraph = (
  graph: Graph,
  inputs: readonly Constant[],
) => Promise<readonly Readonly<Record<string, Constant>>[]>;

/**
 * Rewrites any export into one form: opset 20, float32, an open batch axis, and no constants, identities or
 * shape arithmetic as nodes. `sample` is the shape of one sample; `output` must be `[batch, ..]`. Value names
 * are kept; `aliases` maps each removed value to its replacement. Throws where the graph draws numbers at
 * random or normalises by batch statistics, or where its batch cannot be opened.
 */
export async function canonical(
  graph: Graph,
  sample: readonly number[],
  output: string,
  run: RunGraph,
): Promise<Renamed> {
  const declared = graph.inputs[0]!.shape?.[0];
  const batch = typeof declared === 'number' ? declared : 1;
  const evaluate: Evaluate = async (of, batches, values) => {
    const outputs = values.map((name) => ({ name, type: 'float32' as const }));
    const blank = batches.map((size) => {
      const shape = [size, ...sample];
      return float32(new Float32Array(sizeOf(shape)).fill(0.5), shape);
    });
    return (await run({ ...of, outputs }, blank)).map((found) => new Map(Object.entries(found)));
  };
  const whole = await takeBranches(withoutForeign(openSequences(graph)), batch, evaluate);
  refuseDraws(whole);
  const tidied = tidy(inFloat32(whole));
  refuseTraining(tidied.graph);
  const needed = [needsBlocks, needsLengths, needsHeads, needsMasks, needsWindows, needsFlips].flatMap(
    (needs) => needs(tidied.graph),
  );
  const [found] = needed.length > 0 ? await evaluate(tidied.graph, [batch], needed) : [];
  const lengths = found && lengthsOf(found);
  const counted = needsSteps(tidied.graph);
  const sizes = typeof declared === 'number' ? [batch] : [1, 2];
  const runs = counted.length > 0 ? await evaluate(tidied.graph, sizes, counted).catch(noRun) : [];
  const flipped = openFlips(tidied.graph, found, sample);
  const upgraded = upgrade(padInsteadOfCeil(flipped, lengths ?? new Map()), lengths);
  const unfused = openFold(unfuse(openAttention(upgraded, lengths)), lengths);
  const plain = wrappedPads(openMasked(openQuantised(unfused), lengths));
  const modern = openRecurrent(openFunctions(openDynamic(plain)), runs);
  const inputs = [{ ...graph.inputs[0]!, shape: ['N', ...sample] }];
  const openedAt = async (size: number) => {
    const result = await opened(modern, [size, ...sample], output, evaluate);
    const open = { ...result, inputs };
    await verify(modern, open, size, sample, output, run);
    return open;
  };
  const isScaled = modern.nodes.some(({ op }) => op === 'DynamicQuantizeLinear');
  // What has one scale for a batch is opened as a fixed one is, where the samples of each value are known.
  const bySample = typeof declared !== 'number' && isScaled ? await openedAt(3).catch(noBatch) : undefined;
  const folded = typeof declared === 'number' || bySample ? bySample : await fold(modern, output, evaluate);
  const open = folded ? { ...folded, inputs } : await openedAt(batch);
  const single = inFloat32(open, { doubles: true });
  const safe = uprightAttention(namedRectifiers(keepZerosInMaxima(finiteMasks(single))));
  return { graph: withKernelShapes(safe), aliases: tidied.aliases };
}

function noBatch(error: unknown): undefined {
  if (!(error instanceof BatchError)) noRun(error);
}

const lengthsOf = (values: ReadonlyMap<string, Constant>): Map<string, readonly number[]> =>
  new Map([...values].map(([name, { shape }]) => [name, shape]));

async function opened(
  graph: Graph,
  shape: readonly number[],
  output: string,
  evaluate: Evaluate,
): Promise<Graph> {
  const batch = shape[0]!;
  const all = graph.nodes.flatMap((node) => node.outputs.filter((v) => v !== ''));
  const [values] = (await evaluate(graph, [batch], all)) as [ReadonlyMap<string, Constant>];
  const free = sampleFree(graph).map((name): [string, Constant] => [name, values.get(name)!]);
  const folded = withValues(graph, new Map(free));
  const lengths: Lengths = new Map([
    ...lengthsOf(folded.initializers),
    ...lengthsOf(values),
    [graph.inputs[0]!.name, shape],
  ]);
  return openBatch(reshapeStridedViews(folded, lengths), lengths, batch, output);
}

/**
 * Throws where two samples run together give other outputs than in the exported batch size. Rounded values
 * jump where sums differ in their last digits, so both graphs are run without rounding.
 */
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
  const pair = Float32Array.from({ length: 2 * size }, () => random.normal());
  const repeated = [0, 1].map((row) =>
    float32(
      Float32Array.from({ length: batch * size }, (_, i) => pair[row * size + (i % size)]!),
      [batch, ...sample],
    ),
  );
  const [together] = await run(withoutRounding(open), [float32(pair, [2, ...sample])]);
  const got = numbers(together![output]!);
  const length = got.length / 2;
  const expected = (await run(withoutRounding(fixed), repeated)).flatMap((alone) =>
    numbers(alone[output]!).slice(0, length),
  );
  const scale = Math.max(extent(expected.map(Math.abs)).high, 1e-6);
  if (expected.some((value, i) => !(Math.abs(value - got[i]!) <= 1e-4 * scale))) {
    throw new BatchError(
      `the model was exported for a batch of ${batch}, and its samples cannot be told apart; export it with a dynamic batch axis`,
    );
  }
}

/**
 * Sets `kernel_shape` on every convolution: a convolution derived from it may have weights of unknown shape.
 */
function withKernelShapes(graph: Graph): Graph {
  const nodes = graph.nodes.map((node) => {
    const weight = graph.initializers.get(node.inputs[1] ?? '');
    const open = is(node, 'layer', 'convolution') && !node.attributes.kernel_shape;
    if (!open || !weight) return node;
    return { ...node, attributes: { ...node.attributes, kernel_shape: ints(weight.shape.slice(2)) } };
  });
  return { ...graph, nodes };
}
