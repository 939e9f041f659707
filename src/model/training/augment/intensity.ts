import type { Tensor } from '../../../tensor/tensor.js';
import type { Augmentation } from './affine.js';

/** In a loop, into which `change` is compiled; a callback of `map` would return each number on the heap. */
function changed({ data, shape }: Tensor, change: (value: number) => number): Tensor {
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = Math.min(1, Math.max(0, change(data[i]!)));
  return { data: out, shape };
}

function meanOf(data: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  return sum / data.length;
}

export const brightness: Augmentation = {
  name: 'brightness',
  doc: 'adds up to so much to every pixel',
  strength: 0.1,
  kind: 'intensity',
  apply(image, random, strength) {
    const offset = (2 * random.uniform() - 1) * strength;
    return changed(image, (value) => value + offset);
  },
};

export const contrast: Augmentation = {
  name: 'contrast',
  doc: 'stretches or squeezes the distance from the mean by up to this share',
  strength: 0.2,
  kind: 'intensity',
  apply(image, random, strength) {
    const factor = (1 + strength) ** (2 * random.uniform() - 1);
    const mean = meanOf(image.data);
    return changed(image, (value) => mean + factor * (value - mean));
  },
};

export const noise: Augmentation = {
  name: 'noise',
  doc: 'adds normal noise of this standard deviation',
  strength: 0.02,
  kind: 'intensity',
  apply: (image, random, strength) => changed(image, (value) => value + strength * random.normal()),
};
