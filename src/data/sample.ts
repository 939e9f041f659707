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
  /** Unique in the task. */
  readonly id: string;
  /** Salted hash of the patient: confidence intervals resample patients. */
  readonly patient: string;
  /** Which split the sample belongs to. */
  readonly split: Split;
  /** Intensities in [0, 1], `[C, H, W]`; a model normalises them by what its file says. */
  readonly image: Tensor;
  /** Class indices: one for a single-label task, any number for a multi-label one. */
  readonly labels: readonly number[];
  /** Boxes in pixels of the original image; `label` is the finding. */
  readonly boxes: readonly Box[];
  /**
   * `[H, W]` of 0/1 at the input's resolution: the important pixels; `undefined` where nothing is annotated.
   */
  readonly mask?: Tensor<Uint8Array>;
  /** The geometric transform from the original image to `image`. */
  readonly transform: Transform;
}

/** A classification task: samples in three splits, and their classes. */
export interface Task {
  /** Names the data set and the reformulation. */
  readonly name: string;
  /** Class names, in the order of the model's outputs. */
  readonly classes: readonly string[];
  /** Several classes may hold at once: a sigmoid for each instead of one softmax. */
  readonly multiLabel: boolean;
  /** `[C, H, W]` of every sample's image. */
  readonly inputShape: readonly [number, number, number];
  /** Samples that a classifier is trained on. */
  readonly train: readonly Sample[];
  /** Samples that choose the best epoch and thresholds. */
  readonly validation: readonly Sample[];
  /** Samples that are explained and scored. */
  readonly test: readonly Sample[];
  /** What is needed to make the task again: data set, options, seed, content hash. */
  readonly provenance: Readonly<Record<string, unknown>>;
}
