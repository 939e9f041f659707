import type { Random } from '../../../base/random.js';
import type { Tensor } from '../../../tensor/tensor.js';

/**
 * Where the pixels of an augmented image come from: output position (x, y), counted in pixels from the image's centre, takes the
 * value at (a x + b y + c, d x + e y + f).
 */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** A random change of a training image that leaves its class as it is. */
export type Augmentation = {
  readonly name: string;
  readonly doc: string;
  /** How strong it is unless said otherwise. */
  readonly strength: number;
} & (
  | {
      readonly kind: 'geometric';
      matrix(random: Random, strength: number, size: { width: number; height: number }): Affine;
    }
  | { readonly kind: 'intensity'; apply(image: Tensor, random: Random, strength: number): Tensor }
);
