import type { Random } from '../../base/random.js';
import { permutation } from '../../base/random.js';
import type { Sample } from '../../data/sample.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import type { Normalisation } from '../classifier.js';

/**
 * Shuffles the samples and splits them into the fewest batches of at most `size`. Batch sizes differ by at
 * most one, so that no batch is too small for batch statistics.
 */
export function shuffledBatches<T>(samples: readonly T[], size: number, random: Random): T[][] {
  const order = permutation(random, samples.length);
  const count = Math.ceil(samples.length / size);
  const at = (batch: number) => Math.round((batch * samples.length) / count);
  return Array.from({ length: count }, (_, batch) =>
    Array.from(order.subarray(at(batch), at(batch + 1)), (i) => samples[i]!),
  );
}

/** The samples of one step; those after the first `own` count in no loss. */
export interface Batch {
  readonly samples: readonly Sample[];
  readonly own: number;
}

/** What one step gets: images `[N, C, H, W]`, targets `[N, K, ...]` and weights of the loss. */
export interface Shown {
  readonly image: Tensor;
  readonly targets: Tensor;
  readonly weights: Tensor;
}

/** Fills shuffled batches up to the size of the largest, each with a sample of the next batch. */
export function evened(batches: readonly (readonly Sample[])[]): Batch[] {
  const size = Math.max(...batches.map(({ length }) => length));
  return batches.map((samples, i) => {
    const more = batches[(i + 1) % batches.length]!.slice(0, size - samples.length);
    return { samples: [...samples, ...more], own: samples.length };
  });
}

/** A batch that shows each image twice, one row after the other. */
export const paired = ({ samples, own }: Batch): Batch => ({
  samples: samples.flatMap((sample) => [sample, sample]),
  own: 2 * own,
});

/**
 * The mean and standard deviation of each channel over all pixels; the deviation of a constant channel is
 * set to 1.
 */
export function measureNormalisation(samples: readonly Sample[]): Normalisation {
  const [channels, ...spatial] = samples[0]!.image.shape as [number, ...number[]];
  const area = sizeOf(spatial);
  const each = Array.from({ length: channels }, (_, channel) => {
    let [sum, squares] = [0, 0];
    for (const { image } of samples) {
      for (let i = channel * area; i < (channel + 1) * area; i++) {
        const value = image.data[i]!;
        sum += value;
        squares += value * value;
      }
    }
    const count = area * samples.length;
    const mean = sum / count;
    const std = Math.sqrt(Math.max(0, squares / count - mean * mean));
    return { mean, std: std > 1e-6 ? std : 1 };
  });
  return { mean: each.map(({ mean }) => mean), std: each.map(({ std }) => std) };
}

/** Normalises images `[C, H, W]` in [0, 1] and stacks them to a batch `[N, C, H, W]`. */
export function batchOf(images: readonly Tensor[], { mean, std }: Normalisation): Tensor {
  const shape = images[0]!.shape;
  const area = sizeOf(shape.slice(1));
  const batch = zeros([images.length, ...shape]);
  let at = 0;
  for (const { data } of images) {
    for (let channel = 0; channel < shape[0]!; channel++) {
      const center = mean[channel]!;
      const scale = std[channel]!;
      for (let i = channel * area; i < (channel + 1) * area; i++)
        batch.data[at++] = (data[i]! - center) / scale;
    }
  }
  return batch;
}
