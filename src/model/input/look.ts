import { quietly, type RunContext } from '../../base/run.js';
import { channelsFirst } from '../../tensor/channels.js';
import { extent } from '../../tensor/quantile.js';
import { concatenate, rows, type Tensor } from '../../tensor/tensor.js';
import type { Classifier } from '../classifier.js';
import { predict } from '../predict.js';
import { probabilities } from '../probability.js';
import { modelInput } from './input.js';

/** An image before the model: a sample of a task, or an image file. */
export interface Before {
  readonly id: string;
  /** `[C, H, W]` in [0, 1]. */
  readonly image: Tensor;
  /** Class indices, where they are known. */
  readonly labels?: readonly number[];
}

/** An image as the model gets it, and what the model says of it. */
export interface Seen {
  readonly id: string;
  /** What it is annotated as; empty where that is not known. */
  readonly annotated: string;
  /** The class of the largest output. */
  readonly predicted: string;
  /** Its probability; the output itself where the model's head gives no probability. */
  readonly probability: number;
  /** Range and mean of the preprocessed values. */
  readonly least: number;
  readonly mean: number;
  readonly most: number;
  /** The preprocessed image `[C, H, W]`, its range stretched to [0, 1] to be drawn. */
  readonly image: Tensor;
  /** One line for a figure. */
  readonly label: string;
}

/**
 * Preprocesses images as the model takes them and predicts each: a look before anything is explained. Throws
 * where the model takes no images, or where nothing tells how they are normalised.
 */
export async function seenBy(
  model: Classifier,
  images: readonly Before[],
  run: RunContext = quietly,
): Promise<readonly Seen[]> {
  if (images.length === 0) return [];
  const inputs = images.map(({ image }) => modelInput(model, image));
  const outputs = await predict(model, concatenate(inputs), run);
  const shares = model.head.link === 'none' ? outputs : probabilities(model, outputs);
  return images.map(({ id, labels }, i) => {
    const own = rows(shares, i, i + 1).data;
    const probability = extent(own).high;
    const predicted = model.classes[own.indexOf(probability)]!;
    const annotated = labels?.map((k) => model.classes[k] ?? String(k)).join(', ') ?? '';
    const is = annotated === '' ? '' : `${annotated}: `;
    return {
      ...{ id, annotated, predicted, probability },
      ...drawn(inputs[i]!, model),
      label: `${is}${predicted} ${probability.toFixed(2)}`,
    };
  });
}

function drawn({ data, shape }: Tensor, { input: { layout } }: Classifier) {
  let [least, most, sum] = [Infinity, -Infinity, 0];
  for (const value of data) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  const scale = most > least ? 1 / (most - least) : 0;
  const image = { data: data.map((value) => (value - least) * scale), shape: shape.slice(1) };
  return { least, mean: sum / data.length, most, image: layout === 'NHWC' ? channelsFirst(image) : image };
}

/** So many items, spread evenly over a list. */
export const evenly = <T>(items: readonly T[], count: number): T[] =>
  Array.from(
    { length: Math.min(count, items.length) },
    (_, i) => items[Math.floor((i * items.length) / Math.min(count, items.length))]!,
  );
