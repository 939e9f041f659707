import type { Tensor } from '../tensor/tensor.js';
import type { Sample, Task } from './sample.js';

/** A sample whose image is changed whenever it is read; nothing of it is read before. */
export function withImage(sample: Sample, change: (image: Tensor) => Tensor): Sample {
  const { id, patient, split, labels, value, boxes, transform, site } = sample;
  return {
    ...{ id, patient, split, labels, boxes, transform },
    ...(value !== undefined && { value }),
    ...(site !== undefined && { site }),
    get image() {
      return change(sample.image);
    },
    get mask() {
      return sample.mask;
    },
  };
}

/** The task with black for white in all images. */
export function inverted(task: Task): Task {
  const turned = (samples: readonly Sample[]) =>
    samples.map((sample) =>
      withImage(sample, ({ data, shape }) => ({ data: data.map((value) => 1 - value), shape })),
    );
  const { train, validation, test } = task;
  return { ...task, train: turned(train), validation: turned(validation), test: turned(test) };
}
