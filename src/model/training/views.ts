import type { Tensor } from '../../tensor/tensor.js';
import { type Affine, identity, warp } from './augment/affine.js';

const mirrored: Affine = [-1, 0, 0, 0, 1, 0];
const upended: Affine = [1, 0, 0, 0, -1, 0];
const turned: Affine = [-1, 0, 0, 0, -1, 0];
const transposed: readonly Affine[] = [
  [0, 1, 0, 1, 0, 0],
  [0, -1, 0, 1, 0, 0],
  [0, 1, 0, -1, 0, 0],
  [0, -1, 0, -1, 0, 0],
];

/** The views of an image whose logits are averaged when a network is tested, by name. */
export const viewsOf = {
  none: [identity],
  mirror: [identity, mirrored],
  flips: [identity, mirrored, upended, turned],
  turns: [identity, mirrored, upended, turned, ...transposed],
} satisfies Readonly<Record<string, readonly Affine[]>>;

export type Views = keyof typeof viewsOf;

/** Images `[..., H, W]` as one of their views shows them. */
export const seenAs = (images: Tensor, view: Affine): Tensor =>
  view === identity ? images : warp(images, view);
