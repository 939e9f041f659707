import { seededRandom } from '../base/random.js';
import type { Sample, Task } from '../data/sample.js';
import { zeros } from '../tensor/tensor.js';

/** A tiny task for tests: noise with a bright square at the left (class 0) or at the right (class 1). */
export function exampleTask(count: number, size = 16, channels = 1): Task {
  const samples = (split: 'train' | 'validation', total: number) =>
    Array.from({ length: total }, (_, i) => sample(`${split} ${i}`, split, i % 2, size, channels));
  return {
    name: 'sides',
    classes: ['left', 'right'],
    multiLabel: false,
    inputShape: [channels, size, size],
    train: samples('train', count),
    validation: samples('validation', Math.ceil(count / 2)),
    test: [],
    provenance: {},
  };
}

function sample(
  id: string,
  split: 'train' | 'validation',
  label: number,
  size: number,
  channels: number,
): Sample {
  const random = seededRandom(id);
  const image = zeros([channels, size, size]);
  for (let i = 0; i < image.data.length; i++) image.data[i] = 0.4 * random.uniform();
  const side = size >> 2;
  const left = label * (size >> 1) + random.below(side);
  const top = random.below(size - side);
  for (let channel = 0; channel < channels; channel++) {
    for (let y = top; y < top + side; y++) {
      for (let x = left; x < left + side; x++) image.data[(channel * size + y) * size + x]! += 0.4;
    }
  }
  return {
    id,
    patient: id,
    split,
    image,
    labels: [label],
    boxes: [],
    transform: {
      scaleX: 1,
      scaleY: 1,
      offsetX: 0,
      offsetY: 0,
      flipped: false,
      originalWidth: size,
      originalHeight: size,
    },
  };
}

/** Images with a bright square, which their mask marks, or with none. */
export function maskedTask(count: number): Task {
  const task = exampleTask(count);
  const masked = (samples: readonly Sample[]) =>
    samples.map((sample): Sample => {
      const { data, shape } = sample.image;
      if (sample.labels[0] === 0)
        return { ...sample, image: { data: data.map((v) => Math.min(v, 0.4)), shape } };
      return { ...sample, mask: { data: Uint8Array.from(data, (v) => Number(v > 0.4)), shape: [16, 16] } };
    });
  const { train, validation } = task;
  return { ...task, classes: ['nothing', 'square'], train: masked(train), validation: masked(validation) };
}
