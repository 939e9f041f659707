import { seededRandom } from '../base/random.js';
import { ofFinding } from '../data/finding.js';
import { forwardBox } from '../data/geometry/index.js';
import type { Sample } from '../data/sample.js';
import { bodyOf } from '../evaluation/plausibility/body.js';
import {
  abstentionThresholds,
  compactness,
  duplicates,
  pairDistance,
} from '../evaluation/prototypes/compactness.js';
import { type Hits, isConsistent, partsHit, stability } from '../evaluation/prototypes/parts.js';
import { findsLesion, patchesInMasks } from '../evaluation/prototypes/places.js';
import { boxPurity, type PartBox, type ShownPatch } from '../evaluation/prototypes/purity.js';
import { numbers } from '../graph/elements.js';
import type { Classifier } from '../model/classifier.js';
import { decidingPrototype, mapOf, presencesIn, type Reading } from '../model/prototypes/reading.js';
import { patchIn, readingOf } from '../model/prototypes/shown.js';
import type { Tensor } from '../tensor/tensor.js';

/** What is known of one prototype; NaN where no sample could tell. */
export interface PrototypeScores {
  /** Its number in the network. */
  readonly prototype: number;
  /** The id of the training image that its patch is from. */
  readonly image: string;
  /** The share of its best patches whose centre lies in an annotated box, on annotated samples. */
  readonly purity: number;
  /** Whether it hits the annotation on at least 80 % of the annotated samples. */
  readonly consistent: boolean;
  /** The share of annotated samples on which noise does not change whether it hits the annotation. */
  readonly stability: number;
  /** The share of its best patches that lie mostly outside the body. */
  readonly background: number;
  /** The first prototype before it that has the same patch. */
  readonly duplicateOf: number | undefined;
}

/** Of the published code: the part of the image's side around the strongest place, and the noise. */
const [HALF, NOISE, BOUND] = [36 / 224, 0.2, 0.25];

/**
 * Scores the prototypes of a model on samples: each by itself, on the `best` samples in which it is most
 * present, and all together: how many there are (`global`) and how many an image needs (`local`), the mean
 * squared distance of their vectors, and on which share of the annotated samples the prototype that decides
 * for the label's class lies on an annotated box (`localisation`). Of a PIP-Net `abstainBelow` is the score
 * that 95 % of the samples reach.
 */
export async function prototypeScores(
  model: Classifier,
  samples: readonly Sample[],
  { best = 10, seed = 0 }: { readonly best?: number; readonly seed?: number } = {},
) {
  const reading = await readingOf(model, samples);
  const noisy = await readingOf(model, samples, noise(seed));
  const { known } = reading;
  const all = samples.map((_, n) => presencesIn(reading, n));
  const lesions = samples.map(lesionsOf);
  const patches = known.prototypes.flatMap((_, prototype): ShownPatch[] =>
    [...samples.keys()]
      .sort((a, b) => all[b]![prototype]! - all[a]![prototype]!)
      .slice(0, best)
      .map((image) => ({
        ...{ prototype, image },
        box: patchIn(reading, image, prototype, samples[image]!.image.shape),
      })),
  );
  const purity = boxPurity(
    patches,
    lesions.map((own) => [own]),
  );
  const background = patchesInMasks(patches, samples.map(outsideOf));
  const places = known.prototypes.map(({ patch }, p) =>
    patch ? `${patch.image} ${patch.row} ${patch.column}` : `none ${p}`,
  );
  const same = duplicates(places);
  const prototypes = known.prototypes.map(({ patch }, prototype): PrototypeScores => {
    const [before, after] = [reading, noisy].map((from) => hitsOf(from, samples, lesions, prototype));
    return {
      prototype,
      image: patch?.image ?? '',
      purity: purity.get(prototype) ?? Number.NaN,
      consistent: isConsistent(before!),
      stability: stability(before!, after!),
      background: background.get(prototype) ?? Number.NaN,
      duplicateOf: same[prototype],
    };
  });
  const found = samples.flatMap((sample, n) => {
    const own = sample.labels.at(-1) ?? 0;
    const deciding = decidingPrototype(model, reading, n, own);
    const hit = findsLesion(
      patchIn(reading, n, deciding, sample.image.shape),
      lesionsOf(ofFinding(sample, own)),
    );
    return hit === undefined ? [] : [Number(hit)];
  });
  const localisation = found.reduce((a, b) => a + b, 0) / found.length;
  return { prototypes, localisation, ...sizesOf(model, reading, all) };
}

/** Noise of the published stability, cut at both ends. */
function noise(seed: number): (image: Tensor) => Tensor {
  const random = seededRandom(`noise ${seed}`);
  const drawn = () => Math.min(BOUND, Math.max(-BOUND, NOISE * random.normal()));
  return ({ data, shape }) => ({ data: data.map((value) => value + drawn()), shape });
}

function lesionsOf({ boxes, transform }: Sample): PartBox[] {
  return boxes.map((box) => {
    const { x, y, width, height } = forwardBox(transform, box);
    return [x, y, width, height];
  });
}

function outsideOf({ image }: Sample): Tensor<Uint8Array> {
  const { data, shape } = bodyOf(image);
  return { data: data.map((value) => 1 - value), shape };
}

/** On which annotated samples a prototype hits the centre of a lesion. */
function hitsOf(
  reading: Reading,
  samples: readonly Sample[],
  lesions: readonly (readonly PartBox[])[],
  prototype: number,
): Hits {
  return samples.flatMap(({ image }, n) => {
    const own = lesions[n]!;
    if (own.length === 0) return [];
    const [, height, width] = image.shape as [number, number, number];
    const points = own.map(([x, y, wide, tall]) => ({ x: x + wide / 2, y: y + tall / 2 }));
    const hit = partsHit(mapOf(reading, n, prototype), points, HALF * height, height, width);
    return [[hit.some((one) => one)]];
  });
}

function sizesOf(model: Classifier, { known }: Reading, all: readonly (readonly number[])[]) {
  const held = (name: string): Tensor => {
    const constant = model.graph.initializers.get(name)!;
    return { data: Float32Array.from(numbers(constant)), shape: constant.shape };
  };
  const presences = { data: Float32Array.from(all.flat()), shape: [all.length, known.prototypes.length] };
  if (known.kind === 'prototree')
    return { global: known.prototypes.length, distance: pairDistance(held(known.vectors)) };
  const weights = held(known.weights);
  const sizes = compactness(presences, weights);
  if (known.kind === 'protopnet') return { ...sizes, distance: pairDistance(held(known.vectors)) };
  const [classes, count] = weights.shape as [number, number];
  const scores = all.flatMap((own) =>
    Array.from({ length: classes }, (_, k) =>
      own.reduce((sum, value, p) => sum + value * weights.data[k * count + p]!, 0),
    ),
  );
  const { overall } = abstentionThresholds({
    data: Float32Array.from(scores),
    shape: [all.length, classes],
  });
  return { ...sizes, abstainBelow: overall };
}
