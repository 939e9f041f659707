import { unsupported } from '../../base/errors.js';
import type { Sample } from '../../data/sample.js';
import { numbers } from '../../graph/elements.js';
import type { PictureTree } from '../../tensor/picture-tree.js';
import { concatenate, type Tensor } from '../../tensor/tensor.js';
import type { Classifier } from '../classifier.js';
import { modelInput } from '../input/input.js';
import { activationBox, type PixelBox } from './activation-box.js';
import { partBox, placeBox } from './boxes.js';
import { strongestPlace } from './nearest.js';
import type { Patch } from './prototype.js';
import { mapOf, pathOf, presencesIn, type Reading, readPrototypes, weightsIn } from './reading.js';
import type { Tree } from './tree.js';
import { treeNames } from './tree-head.js';

/** A prototype in an image: where it is, and what it adds to the score of a class. */
export interface ShownPrototype {
  /** Its number in the network. */
  readonly prototype: number;
  readonly presence: number;
  readonly weight: number;
  /** Presence times weight. */
  readonly adds: number;
  readonly box: PixelBox;
  /** The training image and the box that the prototype is; missing where the image is not at hand. */
  readonly patch?: { readonly image: Tensor; readonly box: PixelBox };
}

/** Reads the prototypes of a model on samples. Throws where it has none. */
export async function readingOf(
  model: Classifier,
  samples: readonly Sample[],
  change = (image: Tensor): Tensor => image,
): Promise<Reading> {
  const input = concatenate(samples.map(({ image }) => change(modelInput(model, image))));
  const reading = await readPrototypes(model, input);
  if (reading) return reading;
  throw unsupported(
    `${model.name ?? 'the model'} has no prototypes (train one with architecture protopnet, prototree or pipnet)`,
  );
}

/** The box of a prototype in an image, as its kind draws it. */
function boxIn(reading: Reading, image: number, prototype: number, [, height, width]: readonly number[]) {
  const map = mapOf(reading, image, prototype);
  const [rows, columns] = map.shape as [number, number];
  const { known } = reading;
  const side = known.prototypes[prototype]!.patch?.box[2] ?? 32;
  return known.kind === 'pipnet'
    ? partBox({ ...strongestPlace(map), rows, columns }, height!, width!, side)
    : activationBox(map, height!, width!);
}

/** The patch of a prototype in an image: of all but a PIP-Net its most similar place of the feature map. */
export function patchIn(reading: Reading, image: number, prototype: number, shape: readonly number[]) {
  if (reading.known.kind === 'pipnet') return boxIn(reading, image, prototype, shape);
  const map = mapOf(reading, image, prototype);
  const [rows, columns] = map.shape as [number, number];
  return placeBox({ ...strongestPlace(map), rows, columns }, shape[1]!, shape[2]!);
}

/**
 * What the prototypes add to a class in sample `index` of a reading, those that add most first; without those
 * that add nothing. `examples` are training samples.
 */
export function shownPrototypes(
  model: Classifier,
  reading: Reading,
  index: number,
  { image }: Pick<Sample, 'image'>,
  target: number,
  examples: readonly Sample[],
): ShownPrototype[] {
  const presences = presencesIn(reading, index);
  const weights = weightsIn(model, reading.known, target);
  const adding = [...presences.keys()].filter((p) => presences[p]! * weights[p]! > 1e-3);
  return adding
    .map((prototype): ShownPrototype => {
      const [presence, weight] = [presences[prototype]!, weights[prototype]!];
      const patch = reading.known.prototypes[prototype]!.patch;
      const there = examples.find(({ id }) => id === patch?.image);
      return {
        ...{ prototype, presence, weight, adds: presence * weight },
        box: boxIn(reading, index, prototype, image.shape),
        ...(there && { patch: { image: there.image, box: patch!.box } }),
      };
    })
    .sort((a, b) => b.adds - a.adds);
}

/** All that the prototypes add to a class in a sample of a reading, or take from it. */
export function sumOfPrototypes(model: Classifier, reading: Reading, index: number, target: number): number {
  const weights = weightsIn(model, reading.known, target);
  return presencesIn(reading, index).reduce((sum, presence, p) => sum + presence * weights[p]!, 0);
}

/**
 * The tree of a ProtoTree with the way of sample `index` of a reading; undefined of other networks.
 * `examples` are training samples.
 */
export function shownTree(
  model: Classifier,
  reading: Reading,
  index: number,
  examples: readonly Sample[],
): PictureTree | undefined {
  const { known } = reading;
  if (known.kind !== 'prototree') return undefined;
  const presences = presencesIn(reading, index);
  const { path, leaf } = pathOf(known.tree, presences);
  const taken = new Set(path.map(({ prototype }) => prototype));
  // A loaded network holds the softmax of the leaves' scores.
  const leaves = numbers(model.graph.initializers.get(treeNames.distributions)!);
  const classes = model.classes.length;
  const shown = (node: Tree): PictureTree => {
    if ('leaf' in node) {
      const row = leaves.slice(node.leaf * classes, (node.leaf + 1) * classes);
      const best = row.indexOf(Math.max(...row));
      return { text: `${model.classes[best]}\n${row[best]!.toFixed(2)}`, taken: node.leaf === leaf };
    }
    const { prototype, left, right } = node;
    const patch = known.prototypes[prototype]!.patch;
    const there = examples.find(({ id }) => id === patch?.image);
    return {
      text: `${prototype}: ${presences[prototype]!.toFixed(2)}`,
      ...(there && patch && { patch: cropped(there.image, patch) }),
      ...{ taken: taken.has(prototype), left: shown(left), right: shown(right) },
    };
  };
  return shown(known.tree);
}

/** The pixels of a patch's box. */
function cropped({ data, shape }: Tensor, { box: [left, top, wide, tall] }: Patch): Tensor {
  const [channels, height, width] = shape as [number, number, number];
  const rows = Array.from({ length: channels * tall }, (_, i) => {
    const from = (Math.floor(i / tall) * height + top + (i % tall)) * width + left;
    return [...data.subarray(from, from + wide)];
  });
  return { data: Float32Array.from(rows.flat()), shape: [channels, tall, wide] };
}
