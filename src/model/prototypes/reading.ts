import type { RunContext } from '../../base/run.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { Classifier } from '../classifier.js';
import { valuesAt } from '../values-at.js';
import { strongestPlace } from './nearest.js';
import { type Prototypes, prototypesOf } from './prototype.js';
import { similarityOf } from './similarity.js';
import type { Tree } from './tree.js';

/** How similar the places of images are to the prototypes of a network, whatever its kind. */
export interface Reading {
  readonly known: Prototypes;
  /** `[N, P, h, w]`: log similarities of a ProtoPNet, exp(-d) of a ProtoTree, the presences of a PIP-Net. */
  readonly maps: Tensor;
}

/** Reads a network's prototypes on inputs `[N, ...]`; undefined where it has none. */
export async function readPrototypes(
  model: Classifier,
  input: Tensor,
  run?: RunContext,
): Promise<Reading | undefined> {
  const known = prototypesOf(model.graph, model.name ?? 'the model');
  if (!known) return undefined;
  if (known.kind === 'pipnet') return { known, maps: await valuesAt(model, known.maps, input, run) };
  const { data, shape } = await valuesAt(model, known.distances, input, run);
  const similar = known.kind === 'protopnet' ? similarityOf : (d: number) => Math.exp(-Math.sqrt(d + 1e-14));
  return { known, maps: { data: data.map(similar), shape } };
}

/** The similarity map `[h, w]` of one prototype in one image. */
export function mapOf({ maps }: Reading, image: number, prototype: number): Tensor {
  const [, count, ...space] = maps.shape as [number, number, number, number];
  const area = sizeOf(space);
  const from = (image * count + prototype) * area;
  return { data: maps.data.subarray(from, from + area), shape: space };
}

/** The largest similarity of each prototype in an image. */
export const presencesIn = (reading: Reading, image: number): number[] =>
  Array.from({ length: reading.maps.shape[1]! }, (_, p) => strongestPlace(mapOf(reading, image, p)).value);

/** The weight of each prototype for a class; of a tree 1 for each, since its branches have none. */
export function weightsIn(model: Classifier, known: Prototypes, target: number): number[] {
  const { data } = (known.kind !== 'prototree' && model.graph.initializers.get(known.weights)) || {
    data: [],
  };
  const count = known.prototypes.length;
  return known.prototypes.map((_, p) => (known.kind === 'prototree' ? 1 : Number(data[target * count + p])));
}

/** The branches that an image passes greedily, and which way it goes at each. */
export function pathOf(tree: Tree, presences: readonly number[]) {
  const path: { readonly prototype: number; readonly present: boolean }[] = [];
  let node = tree;
  while (!('leaf' in node)) {
    const present = presences[node.prototype]! > 0.5;
    path.push({ prototype: node.prototype, present });
    node = present ? node.right : node.left;
  }
  return { path, leaf: node.leaf };
}

/**
 * The prototype that decides for a class in an image: that which adds most to its score, or of a tree the
 * last on the image's path that is present, or the last of all where none is.
 */
export function decidingPrototype(
  model: Classifier,
  reading: Reading,
  image: number,
  target: number,
): number {
  const presences = presencesIn(reading, image);
  const { known } = reading;
  if (known.kind === 'prototree') {
    const { path } = pathOf(known.tree, presences);
    return (path.findLast(({ present }) => present) ?? path.at(-1))?.prototype ?? 0;
  }
  const adds = weightsIn(model, known, target).map((weight, p) => weight * presences[p]!);
  return adds.indexOf(Math.max(...adds));
}
