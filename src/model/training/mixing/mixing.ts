import type { Random } from '../../../base/random.js';

/** An image of a batch `[N, C, H, W]`, by its row. */
export interface Plane {
  readonly data: Float32Array;
  /** `[C, H, W]` */
  readonly shape: readonly [number, number, number];
}

/** How two training images become one. To add one, export a value of this type and list it in the index. */
export interface Mixing {
  readonly name: string;
  readonly doc: string;
  /** Writes a part of `other` into `image`; returns the share of `image` that is left. */
  mix(image: Plane, other: Plane, random: Random): number;
}

/** A number from the distribution Beta(a, a) with a <= 1, near 0 or 1 for small a (Jöhnk 1964). */
export function beta(a: number, random: Random): number {
  for (;;) {
    const [x, y] = [random.uniform() ** (1 / a), random.uniform() ** (1 / a)];
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}
