import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { PhaseContext } from '../recipe.js';
import type { Boxes } from './drawn-box.js';
import { nearestPlace } from './nearest.js';
import { nearestPatches } from './patches.js';
import { metadataOf, type PrototypeNetwork } from './prototype.js';
import { keptPrototypes } from './prune.js';
import { similarityOf } from './similarity.js';
import { trainingValues } from './training-values.js';

/** The images of which one decides whether a prototype is kept. */
const neighbours = 6;

/**
 * Replaces each prototype by the nearest feature vector of a training image of its class, and notes the patch
 * (Chen et al. 2019, arXiv:1806.10574). A prototype whose class has no image stays as it is. Then removes
 * those of whose six nearest images fewer than `fewest` have its class.
 */
export async function project(
  graph: Graph,
  given: PrototypeNetwork,
  { fewest, boxes }: { readonly fewest: number; readonly boxes: Boxes },
  context: PhaseContext,
): Promise<Graph> {
  const owners = given.prototypes.map((prototype) => prototype.class);
  const ofItsClass = (prototype: number, label: number) => label === owners[prototype];
  const found = await nearestPatches(graph, given, ofItsClass, { active: similarityOf, boxes }, context);
  const prototypes = given.prototypes.map((one, p) => (found[p] ? { ...one, patch: found[p].patch } : one));
  const moved = found.map((projected) => projected?.vector);
  const projected = keeping(graph, { ...given, prototypes }, moved, [...owners.keys()]);
  if (fewest === 0) return projected;
  const kept = keptPrototypes(await nearestClasses(projected, given, context), owners, fewest);
  return keeping(graph, { ...given, prototypes }, moved, kept);
}

/** For each prototype the classes of its nearest training images, the nearest first. */
async function nearestClasses(graph: Graph, { distances }: PrototypeNetwork, context: PhaseContext) {
  const seen: { readonly label: number; readonly least: readonly number[] }[] = [];
  for await (const { samples, values } of trainingValues(graph, [distances], 'nearest images', context)) {
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

/** The vectors `[P', D, 1, 1]` of the kept prototypes, those in `moved` in place of the initializer's. */
export function keptVectors(
  graph: Graph,
  name: string,
  moved: readonly (Float32Array | undefined)[],
  kept: readonly number[],
) {
  const { data, shape } = graph.initializers.get(name)!;
  const [, ...depth] = shape;
  const old = data as Float32Array;
  const [size] = depth as [number];
  const chosen = kept.map((p) => moved[p] ?? old.subarray(p * size, (p + 1) * size));
  return float32(Float32Array.from(chosen.flatMap((vector) => [...vector])), [kept.length, ...depth]);
}

/** The network with the kept prototypes, and their columns of the last layer. */
function keeping(
  graph: Graph,
  given: PrototypeNetwork,
  moved: readonly (Float32Array | undefined)[],
  kept: readonly number[],
): Graph {
  const last = graph.initializers.get(given.weights)!;
  const [classes, count] = last.shape as [number, number];
  const weights = Array.from({ length: classes }, (_, k) =>
    kept.map((p) => (last.data as Float32Array)[k * count + p]!),
  );
  const initializers = new Map([
    ...graph.initializers,
    [given.vectors, keptVectors(graph, given.vectors, moved, kept)],
    [given.weights, float32(weights.flat(), [classes, kept.length])],
  ] as const);
  const prototypes = kept.map((p) => given.prototypes[p]!);
  return { ...graph, initializers, metadata: { ...graph.metadata, ...metadataOf({ ...given, prototypes }) } };
}
