import { concurrently } from '../../base/concurrently.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { float32, int64 } from '../../graph/elements.js';
import { innerReads } from '../../graph/order.js';
import type { Classifier } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import { programOf } from '../../model/programs.js';
import { rows as rowsOf, type Tensor } from '../../tensor/tensor.js';
import { patchForward } from './forward.js';
import { type PatchPlan, planPatches } from './plan.js';
import type { Box } from './regions.js';

export interface Patched {
  readonly model: Classifier;
  /** The samples and the contents of the patches, both `[N, ...]`. */
  readonly input: Tensor;
  readonly baseline: Tensor;
  /** The patches: rows and columns. */
  readonly boxes: readonly Box[];
  /** The part of each pixel, `[1, H, W]`: patch i shows its contents at the pixels of part i only. */
  readonly parts?: Tensor<Int32Array>;
  readonly run: RunContext;
  readonly label: string;
  /** Receives the raw outputs `[K]` of one sample with one patch. */
  take(sample: number, patch: number, outputs: Float32Array): void;
}

/**
 * The samples of one run. They share the pass without a patch; deep layers hold the activations of all
 * patches of all samples.
 */
const samplesAtOnce = 2;
const patchesAtOnce = 64;

/**
 * The highest relative cost that is faster than full passes, below 1 because convolutions on small maps use
 * a core only about two thirds as well.
 */
const worthwhile = 0.55;

/**
 * The plan of the values that patches change. `undefined` when it would not be faster than full passes (for
 * example with attention over all tokens), when the engine or the precision does not support Scan, or when
 * the input is no image.
 */
export function patchPlan(patches: Patches): PatchPlan | undefined {
  const { model } = patches;
  if (model.engine.name !== 'cpu' || model.precision !== 'float32') return undefined;
  const plan = planOf(patches);
  return plan && plan.cost <= worthwhile ? plan : undefined;
}

/** The mean fraction of a forward pass's multiply-adds that a patch can change; 1 if unknown. */
export const patchShare = (patches: Patches): number => planOf(patches)?.share ?? 1;

type Patches = Pick<Patched, 'model' | 'boxes'>;

function planOf({ model, boxes }: Patches): PatchPlan | undefined {
  if (model.input.layout === 'other') return undefined;
  const { graph, shapes } = inForm(model, 'merged-before');
  // A subgraph refers to values of the outer graph by name, which copies of the nodes would not follow.
  if (graph.nodes.some((node) => innerReads(node).length > 0)) return undefined;
  return planPatches(graph, shapes, boxes);
}

/** Evaluates the model for every sample with every patch; computes only what the patch changes. */
export async function overPatches(plan: PatchPlan, patched: Patched): Promise<void> {
  const { model, input, baseline, boxes, parts: labels, run, label, take } = patched;
  const own = inForm(model, 'merged-before');
  const forward = patchForward(own.graph, own.shapes, own.output, plan, { isPart: labels !== undefined });
  const key = `patched ${labels ? 'parts ' : ''}${[...plan.reaches.keys()]}`;
  const program = await programOf(own, key, () => forward.graph);
  const patches = boxes.map((box, i) => forward.row(box, i));
  const fixed = labels && { [forward.names.parts]: int64([...labels.data], [1, ...labels.shape]) };
  const samples = input.shape[0]!;
  const together = Math.min(samplesAtOnce, Math.ceil(samples / program.sessions));
  const groups = Math.ceil(samples / together);
  const parts = Math.max(Math.ceil(patches.length / patchesAtOnce), Math.floor(program.sessions / groups));
  const size = Math.ceil(patches.length / parts);
  const step = run.progress.start(label, samples * patches.length);
  await concurrently(
    program.sessions,
    groups * parts,
    async (job) => {
      await checkpoint(run);
      const sample = Math.floor(job / parts) * together;
      const patch = (job % parts) * size;
      const places = patches.slice(patch, patch + size);
      if (places.length === 0) return undefined;
      const some = (of: Tensor) => {
        const { data, shape } = rowsOf(of, sample, Math.min(samples, sample + together));
        return float32(data, shape);
      };
      const feeds = {
        [own.input.name]: some(input),
        [forward.names.patch]: some(baseline),
        [forward.names.rows]: int64(places.flat(), [places.length, places[0]!.length]),
        ...fixed,
      };
      const found = await program.run(feeds);
      return { sample, patch, count: places.length, outputs: found[forward.names.output] as Tensor };
    },
    (found) => {
      if (!found) return;
      const { sample, patch, count, outputs } = found;
      const classes = outputs.shape[1]!;
      const width = outputs.shape[0]! / count;
      for (let row = 0; row < outputs.shape[0]!; row++) {
        const at = row * classes;
        const scores = outputs.data.subarray(at, at + classes);
        take(sample + (row % width), patch + Math.floor(row / width), scores);
      }
      step.advance(outputs.shape[0]!);
    },
  );
  step.done();
}
