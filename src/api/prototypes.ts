import { unsupported } from '../base/errors.js';
import type { Sample } from '../data/sample.js';
import type { Figure } from '../figures/figure.js';
import { type DrawnTree, likenessFigure, treeFigure } from '../figures/prototypes.js';
import { numbers } from '../graph/elements.js';
import type { Classifier } from '../model/classifier.js';
import { modelInput } from '../model/input/input.js';
import { activationBox, type PixelBox } from '../model/prototypes/activation-box.js';
import { partBox, placeBox } from '../model/prototypes/boxes.js';
import { strongestPlace } from '../model/prototypes/nearest.js';
import type { Patch } from '../model/prototypes/prototype.js';
import {
  mapOf,
  pathOf,
  presencesIn,
  type Reading,
  readPrototypes,
  weightsIn,
} from '../model/prototypes/reading.js';
import type { Tree } from '../model/prototypes/tree.js';
import { treeNames } from '../model/prototypes/tree-head.js';
import { concatenate, type Tensor } from '../tensor/tensor.js';

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

const pictureBox = ([x, y, width, height]: PixelBox) => ({ x, y, width, height });

interface PrototypesShown {
  /** The class that is explained; by default that of the sample's label. */
  readonly target?: number;
  /** How many prototypes are shown. */
  readonly count?: number;
}

/**
 * "This looks like that": the prototypes that add most to a class in a sample, each beside its patch in one
 * of `examples`, the training samples. Of a PIP-Net it is the score sheet of the class: all that is present.
 */
export async function prototypePanels(
  model: Classifier,
  sample: Sample,
  examples: readonly Sample[],
  { target = sample.labels.at(-1) ?? 0, count = 4 }: PrototypesShown = {},
): Promise<Figure> {
  const reading = await readingOf(model, [sample]);
  const presences = presencesIn(reading, 0);
  const weights = weightsIn(model, reading.known, target);
  const adds = weights.map((weight, p) => weight * presences[p]!);
  const order = [...adds.keys()].sort((a, b) => adds[b]! - adds[a]!).filter((p) => adds[p]! > 1e-3);
  const rows = order.slice(0, count).map((p) => {
    const text = `${presences[p]!.toFixed(2)} x ${weights[p]!.toFixed(2)} = ${adds[p]!.toFixed(2)}`;
    const box = pictureBox(boxIn(reading, 0, p, sample.image.shape));
    const patch = reading.known.prototypes[p]!.patch;
    const there = examples.find(({ id }) => id === patch?.image);
    return {
      here: { image: sample.image, boxes: [box], label: text },
      ...(there && {
        there: { image: there.image, boxes: [pictureBox(patch!.box)], label: `prototype ${p}` },
      }),
    };
  });
  const sum = adds.reduce((a, b) => a + b, 0);
  const name = model.classes[target] ?? `class ${target}`;
  const nothing = { here: { image: sample.image, boxes: [], label: 'no prototype is present' } };
  return likenessFigure(rows.length > 0 ? rows : [nothing], `${name}: ${sum.toFixed(2)} in all`);
}

/** The tree of a ProtoTree, with the path that a sample takes through it; `examples` are training samples. */
export async function prototypeTree(
  model: Classifier,
  sample: Sample,
  examples: readonly Sample[],
): Promise<Figure> {
  const reading = await readingOf(model, [sample]);
  const { known } = reading;
  if (known.kind !== 'prototree')
    throw unsupported(`${model.name ?? 'the model'} is a ${known.kind} and has no tree; a prototree has one`);
  const presences = presencesIn(reading, 0);
  const { path, leaf } = pathOf(known.tree, presences);
  const taken = new Set(path.map(({ prototype }) => prototype));
  // A loaded network holds the softmax of the leaves' scores.
  const leaves = numbers(model.graph.initializers.get(treeNames.distributions)!);
  const classes = model.classes.length;
  const drawn = (node: Tree): DrawnTree => {
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
      ...{ taken: taken.has(prototype), left: drawn(left), right: drawn(right) },
    };
  };
  return treeFigure(drawn(known.tree), `${model.classes[sample.labels.at(-1)!] ?? sample.id}: its path`);
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
