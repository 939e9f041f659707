import type { RunContext } from '../base/run.js';
import type { Classifier } from '../model/classifier.js';
import { predict } from '../model/predict.js';
import { concatenate, rows, type Tensor } from '../tensor/tensor.js';

/** A model's outputs `[1, K]` for images that many scores ask about, by what the image is. */
export type Remembered = Map<string, Tensor>;

/**
 * Asks the model for its outputs, and remembers those of the sample's own image and of images of one value,
 * at which most curves begin and end: each is computed once for all methods and metrics.
 */
export function remembering(
  model: Classifier,
  image: Tensor,
  known: Remembered,
  run: RunContext,
): (given: Tensor) => Promise<Tensor> {
  return async (given) => {
    const images = Array.from({ length: given.shape[0]! }, (_, i) => rows(given, i, i + 1));
    const names = images.map(({ data }) => nameOf(data, image.data));
    const fresh = names.flatMap((name, i) => (name !== undefined && known.has(name) ? [] : [i]));
    if (fresh.length === 0) return concatenate(names.map((name) => known.get(name!)!));
    const batch = fresh.length === images.length ? given : concatenate(fresh.map((i) => images[i]!));
    const found = await predict(model, batch, run);
    const outputs = names.map((name) => (name === undefined ? undefined : known.get(name)));
    for (const [at, i] of fresh.entries()) {
      const output = rows(found, at, at + 1);
      outputs[i] = output;
      const name = names[i];
      if (name !== undefined) known.set(name, output);
    }
    return concatenate(outputs.map((output) => output!));
  };
}

/** What an image is, if it is one to remember: the sample's own, or one value everywhere. */
function nameOf(data: Float32Array, own: Float32Array): string | undefined {
  const isAll = (same: (i: number) => boolean) => {
    for (let i = 0; i < data.length; i++) if (!same(i)) return false;
    return true;
  };
  if (isAll((i) => data[i] === data[0])) return `${data[0]}`;
  return isAll((i) => data[i] === own[i]) ? 'image' : undefined;
}
