import type { Tensor } from '../tensor/tensor.js';
import type { Box, Split } from './record.js';

/** Pixel positions of the original image to positions in the model's input: `x' = scaleX * x + offsetX`. */
export interface Transform {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly offsetX: number;
  readonly offsetY: number;
  /** Mirrored left to right: applied first, within the original width. */
  readonly flipped: boolean;
  readonly originalWidth: number;
  readonly originalHeight: number;
}

/** One input of a classification task, with the places that its class comes from. */
export interface Sample {
  readonly id: string;
  readonly patient: string;
  readonly split: Split;
  /** Intensities in [0, 1], `[C, H, W]`; a model normalises them by what its file says. */
  readonly image: Tensor;
  /** Class indices: one for a single-label task, any number for a multi-label one. */
  readonly labels: readonly number[];
  /** In original pixels. `label` is the finding. */
  readonly boxes: readonly Box[];
  /** `[H, W]` of 0/1 at the input's resolution: the important pixels; `undefined` where nothing is annotated. */
  readonly mask?: Tensor<Uint8Array>;
  readonly transform: Transform;
}

/** A classification task: what `sightline train` and `sightline benchmark` work on. */
export interface Task {
  readonly name: string;
  readonly classes: readonly string[];
  /** Several classes may hold at once: a sigmoid for each instead of one softmax. */
  readonly multiLabel: boolean;
  /** `[C, H, W]` of every sample's image. */
  readonly inputShape: readonly [number, number, number];
  readonly train: readonly Sample[];
  readonly validation: readonly Sample[];
  readonly test: readonly Sample[];
  /** What is needed to make the task again: data set, options, seed, content hash. */
  readonly provenance: Readonly<Record<string, unknown>>;
}
