import type { Tensor } from './tensor.js';

/** A node of a tree of pictures with one way through it: a leaf with its text, or a branch. */
export type PictureTree =
  | { readonly text: string; readonly taken: boolean }
  | {
      /** The picture that the branch asks for, `[C, h, w]` in [0, 1]; missing where it is not at hand. */
      readonly patch?: Tensor;
      readonly text: string;
      /** Whether the way leads here. */
      readonly taken: boolean;
      /** Where an image goes without the picture, and with it. */
      readonly left: PictureTree;
      readonly right: PictureTree;
    };
