import type { RunContext } from '../base/run.js';
import type { Classifier } from '../model/classifier.js';
import { predict } from '../model/predict.js';
import { concatenate, rows, type Tensor } from '../tensor/tensor.js';

/** What scores of one image's maps have in common. */
export interface Remembered {
  /** The model's outputs for images that many scores ask about, by the hash of the image; the newest last. */
  readonly outputs: Map<number, readonly number[]>;
  /** The most that are kept; the ones that were asked for longest ago are forgotten. */
  readonly most: number;
  /** The image blurred, by the standard deviation; kept where the blurs of a run's images are few enough. */
  readonly blurs?: Map<number, Float32Array>;
}

/** Bytes of the outputs of a run together, of one output, and of the rest of an entry; of the blurs. */
const [ALL, OUTPUT, ENTRY, BLURS] = [2 ** 28, 8, 160, 2 ** 27];

/** The memories of so many samples of so many values, for a model of so many outputs. */
export function memoriesFor(samples: number, values: number, classes: number): Remembered[] {
  const most = Math.max(1, Math.floor(ALL / samples / (ENTRY + OUTPUT * classes)));
  const blurred = samples * values * Float32Array.BYTES_PER_ELEMENT <= BLURS;
  return Array.from({ length: samples }, () => ({
    ...{ outputs: new Map(), most },
    ...(blurred && { blurs: new Map() }),
  }));
}

/**
 * Asks the model for its outputs, and remembers those of one sample: images that several methods or metrics
 * make alike, such as the first and the last of most curves, are computed once.
 */
export function remembering(
  model: Classifier,
  { outputs, most }: Remembered,
  run: RunContext,
): (given: Tensor) => Promise<Tensor> {
  const keep = (key: number, found: readonly number[]) => {
    outputs.delete(key);
    outputs.set(key, found);
    if (outputs.size > most) outputs.delete(outputs.keys().next().value!);
  };
  return async (given) => {
    const images = Array.from({ length: given.shape[0]! }, (_, i) => rows(given, i, i + 1));
    const keys = images.map(({ data }) => hashOf(data));
    const found = keys.map((key) => outputs.get(key));
    const fresh = keys.flatMap((_, i) => (found[i] === undefined ? [i] : []));
    if (fresh.length > 0) {
      const asked = fresh.length === images.length ? given : concatenate(fresh.map((i) => images[i]!));
      const { data, shape } = await predict(model, asked, run);
      const classes = data.length / shape[0]!;
      for (const [at, i] of fresh.entries()) found[i] = [...data.subarray(at * classes, (at + 1) * classes)];
    }
    for (const [i, key] of keys.entries()) keep(key, found[i]!);
    return { data: Float32Array.from(found.flat() as number[]), shape: [keys.length, found[0]!.length] };
  };
}

/** Multiplies the hash of each of four streams of words (FNV's prime). */
const PRIME = 0x01000193;

/** A hash of 53 bits of an image's values, bit by bit: two of ten thousand images have one in 10^8 cases. */
function hashOf(image: Float32Array): number {
  const words = new Int32Array(image.buffer, image.byteOffset, image.length);
  let [a, b, c, d] = [1, 2, 3, 4];
  let i = 0;
  // Four at a time, as each step waits for the one before.
  for (; i + 3 < words.length; i += 4) {
    const [s, t, u, v] = [words[i]!, words[i + 1]!, words[i + 2]!, words[i + 3]!];
    a = Math.imul(a ^ s ^ (s >>> 15), PRIME);
    b = Math.imul(b ^ t ^ (t >>> 15), PRIME);
    c = Math.imul(c ^ u ^ (u >>> 15), PRIME);
    d = Math.imul(d ^ v ^ (v >>> 15), PRIME);
  }
  for (; i < words.length; i++) a = Math.imul(a ^ words[i]! ^ (words[i]! >>> 15), PRIME);
  const high = mixed(mixed(a, b), mixed(c, d));
  const low = mixed(mixed(b, c), mixed(d, a));
  return (high >>> 0) * 2 ** 21 + (low >>> 11);
}

const mixed = (a: number, b: number): number => {
  const once = Math.imul(a ^ (a >>> 16) ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  return Math.imul(once ^ (once >>> 13), 0xc2b2ae35) ^ (once >>> 16);
};
