import { checkpoint as pause } from '../../base/run.js';
import type { Sample } from '../../data/sample.js';
import { isGpuProvider } from '../../engine/gpu/prepare.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { rows, sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { PhaseContext } from '../recipe.js';
import { activationBox } from './activation-box.js';
import { distancesTo, nearer, nearestPlace, nearestPlaces, type Place } from './nearest.js';
import { metadataOf, type Prototype, type Prototypes } from './prototype.js';
import { keptPrototypes } from './prune.js';
import { similarityOf } from './similarity.js';

/** The images of which one decides whether a prototype is kept. */
const neighbours = 6;
const batch = 32;

/**
 * Replaces each prototype by the nearest feature vector of a training image of its class, and notes the patch
 * (Chen et al. 2019, arXiv:1806.10574). A prototype whose class has no image stays as it is. Then removes
 * those of whose six nearest images fewer than `fewest` have its class.
 */
export async function project(
  graph: Graph,
  given: Prototypes,
  fewest: number,
  context: PhaseContext,
): Promise<Graph> {
  const owners = given.prototypes.map((prototype) => prototype.class);
  const vectors = graph.initializers.get(given.vectors)!;
  const depth = vectors.shape[1]!;
  const data = (vectors.data as Float32Array).slice();
  const found = await nearestPatches(graph, given, owners, context);
  const [, height, width] = context.task.inputShape;
  const prototypes = given.prototypes.map((prototype, p): Prototype => {
    if (!found[p]) return prototype;
    const { sample, row, column, features } = found[p];
    const [, rowsOf, columns] = features.shape as [number, number, number];
    const vector = Float32Array.from(
      { length: depth },
      (_, d) => features.data[(d * rowsOf + row) * columns + column]!,
    );
    data.set(vector, p * depth);
    const { data: distances, shape } = distancesTo(vector, features);
    const box = activationBox({ data: distances.map(similarityOf), shape }, height, width);
    const { id: image, patient } = sample;
    return { ...prototype, patch: { image, patient, row, column, box } };
  });
  const projected = withParameters(graph, { ...given, prototypes }, data, all(owners));
  if (fewest === 0) return projected;
  const nearest = await nearestClasses(projected, given, context);
  const kept = keptPrototypes(nearest, owners, fewest);
  return withParameters(projected, { ...given, prototypes }, data, kept);
}

const all = (list: readonly unknown[]) => list.map((_, i) => i);

interface Found extends Place {
  readonly sample: Sample;
  /** The features `[D, H, W]` of the image. */
  readonly features: Tensor;
}

/** For each prototype the nearest patch of the training images of its class. */
async function nearestPatches(
  graph: Graph,
  { distances, features }: Prototypes,
  owners: readonly number[],
  context: PhaseContext,
): Promise<readonly (Found | undefined)[]> {
  let best: (Found | undefined)[] = owners.map(() => undefined);
  for await (const { samples, values } of batches(graph, [distances, features], 'projection', context)) {
    const labels = samples.map(({ labels: [label] }) => label!);
    best = nearestPlaces(values[0]!, labels, owners).map((place, p) => {
      const now = nearer(best[p], place);
      if (!place || now === best[p]) return best[p];
      const own = rows(values[1]!, place.image, place.image + 1);
      const kept = { data: own.data.slice(), shape: own.shape.slice(1) };
      return { ...place, sample: samples[place.image]!, features: kept };
    });
  }
  return best;
}

/** For each prototype the classes of its nearest training images, the nearest first. */
async function nearestClasses(graph: Graph, { distances }: Prototypes, context: PhaseContext) {
  const seen: { readonly label: number; readonly least: readonly number[] }[] = [];
  for await (const { samples, values } of batches(graph, [distances], 'nearest images', context)) {
    const [own] = values as [Tensor];
    for (const [n, { labels }] of samples.entries()) {
      const least = Array.from({ length: own.shape[1]! }, (_, p) => nearestPlace(own, n, p).distance);
      seen.push({ label: labels[0]!, least });
    }
  }
  return seen[0]!.least.map((_, p) =>
    seen
      .toSorted((a, b) => a.least[p]! - b.least[p]!)
      .slice(0, neighbours)
      .map(({ label }) => label),
  );
}

/** Values of the network on the training images, batch by batch. */
async function* batches(
  graph: Graph,
  outputs: readonly string[],
  name: string,
  { task, engine, run, input }: PhaseContext,
) {
  const program = await engine.compile({
    ...graph,
    outputs: outputs.map((output) => ({ name: output, type: 'float32' })),
  });
  const bar = run.progress.start(name, task.train.length);
  try {
    for (let from = 0; from < task.train.length; from += batch) {
      await pause(run);
      const samples = task.train.slice(from, from + batch);
      // A GPU plans the program anew for every other size, so the last batch is filled up.
      const more = isGpuProvider(engine.name) && from > 0 ? task.train.slice(0, batch - samples.length) : [];
      const { data, shape } = input([...samples, ...more]);
      const found = await program.run({ [graph.inputs[0]!.name]: float32(data, shape) });
      yield { samples, values: outputs.map((output) => rows(found[output] as Tensor, 0, samples.length)) };
      bar.advance(samples.length);
    }
  } finally {
    bar.done();
    await program.dispose();
  }
}

/** The graph with the vectors in `data` of the kept prototypes, and their columns of the last layer. */
function withParameters(graph: Graph, given: Prototypes, data: Float32Array, kept: readonly number[]): Graph {
  const [, ...depth] = graph.initializers.get(given.vectors)!.shape;
  const size = sizeOf(depth);
  const last = graph.initializers.get(given.weights)!;
  const [classes, count] = last.shape as [number, number];
  const vectors = Float32Array.from(kept.flatMap((p) => [...data.subarray(p * size, (p + 1) * size)]));
  const weights = Array.from({ length: classes }, (_, k) =>
    kept.map((p) => (last.data as Float32Array)[k * count + p]!),
  );
  const initializers = new Map([
    ...graph.initializers,
    [given.vectors, float32(vectors, [kept.length, ...depth])],
    [given.weights, float32(weights.flat(), [classes, kept.length])],
  ] as const);
  const prototypes = kept.map((p) => given.prototypes[p]!);
  return { ...graph, initializers, metadata: { ...graph.metadata, ...metadataOf({ ...given, prototypes }) } };
}
