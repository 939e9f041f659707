import { seededRandom } from '../../base/random.js';
import { type Affine, warp } from '../../model/training/augment/affine.js';
import { gaussianBlur } from '../../tensor/blur.js';
import type { Tensor } from '../../tensor/tensor.js';

export const acquisitionNames = ['exposure', 'gamma', 'noise', 'blur', 'shift', 'rotation'] as const;

/** A change of an image `[C, H, W]` in [0, 1] of the size that scanners and positioning give. */
export interface Acquisition {
  readonly name: (typeof acquisitionNames)[number];
  readonly apply: (image: Tensor, seed: number) => Tensor;
  /** Where it moves pixels: the map from output to input positions. */
  readonly moves?: (size: { readonly width: number; readonly height: number }) => Affine;
}

const grey = (name: Acquisition['name'], change: (value: number) => number): Acquisition => ({
  name,
  apply: ({ data, shape }) => ({ data: data.map((v) => Math.min(1, Math.max(0, change(v)))), shape }),
});

const moved = (name: Acquisition['name'], moves: NonNullable<Acquisition['moves']>): Acquisition => ({
  name,
  moves,
  apply: (image) => warp(image, moves({ height: image.shape[1]!, width: image.shape[2]! })),
});

const turn = (degrees: number): Affine => {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return [c, -s, 0, s, c, 0];
};

/** Exposure of 10 %, gamma 1.25, noise of 2 %, blur of a pixel, a shift of 2 % and a turn of 5 degrees. */
export const acquisitions: readonly Acquisition[] = [
  grey('exposure', (value) => 1.1 * value),
  grey('gamma', (value) => value ** 1.25),
  {
    name: 'noise',
    apply({ data, shape }, seed) {
      const random = seededRandom(seed).fork('acquisition');
      return { data: data.map((v) => Math.min(1, Math.max(0, v + 0.02 * random.normal()))), shape };
    },
  },
  { name: 'blur', apply: (image) => gaussianBlur(image, 1) },
  moved('shift', ({ width, height }) => [1, 0, 0.02 * width, 0, 1, 0.02 * height]),
  moved('rotation', () => turn(5)),
];

/** The inverse of an affine map. */
export function inverseOf([a, b, c, d, e, f]: Affine): Affine {
  const det = a * e - b * d;
  const [p, q, s, t] = [e / det, -b / det, -d / det, a / det];
  return [p, q, -(p * c + q * f), s, t, -(s * c + t * f)];
}

/** Whether an affine map takes pixel `p` of a plane into the plane. */
export function isInside([a, b, c, d, e, f]: Affine, p: number, [height, width]: readonly [number, number]) {
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const [x, y] = [(p % width) - cx, Math.floor(p / width) - cy];
  const [u, v] = [a * x + b * y + c + cx, d * x + e * y + f + cy];
  return u >= 0 && u <= width - 1 && v >= 0 && v <= height - 1;
}
