import { concurrently } from '../../base/concurrently.js';
import { checkpoint as pause, type RunContext } from '../../base/run.js';
import type { Sample, Task } from '../../data/sample.js';
import type { Engine } from '../../engine/engine.js';
import { isGpuProvider } from '../../engine/gpu/prepare.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { concatenate, rows, type Tensor } from '../../tensor/tensor.js';
import type { Normalisation } from '../classifier.js';
import { batchOf } from './batches.js';
import { countPixels, noPixels, pixelQuality } from './pixel-quality.js';
import { type Quality, qualityOf } from './quality.js';
import { regressionQuality } from './regression.js';
import { seenAs, type Views, viewsOf } from './views.js';

const batchSize = 32;

/** What a network is shown. */
export interface Sight {
  readonly normalisation: Normalisation;
  /** The views of each image whose logits are averaged; `none` takes the image as it is. */
  readonly views?: Views;
}

/** What a network is measured with. */
export interface Scale extends Sight {
  /** Loss weights by class. */
  readonly weights: readonly number[];
}

/**
 * The quality of a network on samples, in inference mode (with running statistics): of the images' classes or
 * numbers, or of their pixels where the outputs are `[N, K, H, W]`.
 */
export const evaluate = async (...given: Parameters<typeof evaluated>): Promise<Quality> =>
  (await evaluated(...given)).quality;

/** The same, with the outputs `[N, K]`, which no segmentation network has. */
export async function evaluated(
  graph: Graph,
  engine: Engine,
  { multiLabel, regression }: Pick<Task, 'multiLabel' | 'regression'>,
  samples: readonly Sample[],
  { weights, ...sight }: Scale,
  run: RunContext,
): Promise<{ readonly quality: Quality; readonly outputs?: Tensor }> {
  const parts: Tensor[] = [];
  const pixels = noPixels(weights.length);
  await eachBatch(graph, engine, samples, sight, run, (logits, own) => {
    if (logits.shape.length > 2) countPixels(pixels, logits, own, weights);
    else parts.push(logits);
  });
  if (parts.length === 0) return { quality: pixelQuality(pixels) };
  const outputs = concatenate(parts);
  const quality = regression
    ? regressionQuality(outputs, samples, regression)
    : qualityOf(outputs, samples, multiLabel, weights);
  return { quality, outputs };
}

/** The logits `[N, K]` of a classifier, in inference mode. */
export async function scoresOf(
  graph: Graph,
  engine: Engine,
  samples: readonly Sample[],
  sight: Sight,
  run: RunContext,
): Promise<Tensor> {
  const parts: Tensor[] = [];
  await eachBatch(graph, engine, samples, sight, run, (logits) => parts.push(logits));
  return concatenate(parts);
}

/** The loss of each sample, without class weights, in inference mode; of classifiers and regressions. */
export async function lossesOf(
  graph: Graph,
  engine: Engine,
  { multiLabel, regression }: Pick<Task, 'multiLabel' | 'regression'>,
  samples: readonly Sample[],
  sight: Sight,
  run: RunContext,
): Promise<readonly number[]> {
  const outputs = await scoresOf(graph, engine, samples, sight, run);
  const alike = Array.from({ length: outputs.shape[1]! }, () => 1);
  return samples.map((sample, n) => {
    const own = rows(outputs, n, n + 1);
    return regression
      ? regressionQuality(own, [sample], regression).loss
      : qualityOf(own, [sample], multiLabel, alike).loss;
  });
}

/** Takes the logits of each batch in order, in inference mode: the means over the views. */
async function eachBatch(
  graph: Graph,
  engine: Engine,
  samples: readonly Sample[],
  { normalisation, views = 'none' }: Sight,
  run: RunContext,
  take: (logits: Tensor, own: readonly Sample[]) => void,
): Promise<void> {
  const program = await engine.compile(graph);
  const even = isGpuProvider(engine.name);
  const batches = batchesOf(samples);
  const logitsOf = async (own: readonly Sample[]) => {
    // A GPU plans the program anew for every other size, so the last batch is filled up.
    const more = even && batches.length > 1 ? samples.slice(0, batchSize - own.length) : [];
    const images = [...own, ...more].map(({ image }) => image);
    const batch = batchOf(images, normalisation);
    const seen: Tensor[] = [];
    for (const view of viewsOf[views]) {
      await pause(run);
      const { data, shape } = seenAs(batch, view);
      const outputs = await program.run({ [graph.inputs[0]!.name]: float32(data, shape) });
      seen.push(rows(outputs[graph.outputs[0]!.name] as Tensor, 0, own.length));
    }
    return meanOf(seen);
  };
  try {
    await concurrently(
      // One batch more than run at once is made meanwhile.
      program.sessions + 1,
      batches.length,
      (index) => logitsOf(batches[index]!),
      (logits, index) => take(logits, batches[index]!),
    );
  } finally {
    await program.dispose();
  }
}

const batchesOf = (samples: readonly Sample[]): (readonly Sample[])[] =>
  Array.from({ length: Math.ceil(samples.length / batchSize) }, (_, i) =>
    samples.slice(i * batchSize, (i + 1) * batchSize),
  );

function meanOf(seen: readonly Tensor[]): Tensor {
  const [{ data, shape }] = seen as [Tensor];
  if (seen.length === 1) return seen[0]!;
  return { shape, data: data.map((_, i) => seen.reduce((sum, one) => sum + one.data[i]!, 0) / seen.length) };
}
