import type { Tensor } from '../tensor/tensor.js';
import type { Box, Split } from './record.js';
import type { Units } from './units.js';

/**
 * Affine transform from pixels of the original image to pixels of the model's input: `x' = scaleX * x +
 * offsetX`.
 */
export interface Transform {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly offsetX: number;
  readonly offsetY: number;
  /** Mirrored left to right. The flip applies first, in the original width. */
  readonly flipped: boolean;
  readonly originalWidth: number;
  readonly originalHeight: number;
}

/** One input of a classification task, with the annotated evidence of its class. */
export interface Sample {
  /** Unique in the task. */
  readonly id: string;
  /** Salted hash of the patient. Confidence intervals resample patients. */
  readonly patient: string;
  /** Split of the sample. */
  readonly split: Split;
  /** Intensities in [0, 1], `[C, H, W]`. The model normalises them by its metadata. */
  readonly image: Tensor;
  /** Class indices: one for a single-label task, any number for a multi-label task. */
  readonly labels: readonly number[];
  /** Of a regression: the number to predict. */
  readonly value?: number;
  /** Boxes in pixels of the original image; `label` is the finding. */
  readonly boxes: readonly Box[];
  /** Evidence mask of 0/1, `[H, W]`, at the input's resolution; `undefined` where nothing is annotated. */
  readonly mask?: Tensor<Uint8Array>;
  /** Where classes do not exclude each other: what is annotated of each of `labels`, in their order. */
  readonly findings?: readonly Pick<Sample, 'boxes' | 'mask'>[];
  /** Transform from the original image to `image`. */
  readonly transform: Transform;
  /** Millimetres from one pixel of the original image to the next, down and across, where its file says. */
  readonly spacing?: readonly [number, number];
  /** Boxes of the anatomy that can hold a finding, as `boxes`, where the data set outlines it. */
  readonly anatomy?: readonly Box[];
  /** Where the image was taken, where the data set says so. */
  readonly site?: string;
}

/** A classification task: samples in three splits, and class names. */
export interface Task {
  /** Name of the data set and the reformulation. */
  readonly name: string;
  /** Class names, in the order of the model's outputs. */
  readonly classes: readonly string[];
  /** Whether classes are independent: one sigmoid per class instead of a softmax. */
  readonly multiLabel: boolean;
  /** Of a regression, whose only class is the name of the number: its units, from the training images. */
  readonly regression?: Units;
  /** `[C, H, W]` of every image. */
  readonly inputShape: readonly [number, number, number];
  /** Samples for training. */
  readonly train: readonly Sample[];
  /** Samples for the choice of epoch and thresholds. */
  readonly validation: readonly Sample[];
  /** Samples to explain and score. */
  readonly test: readonly Sample[];
  /** What reproduces the task: data set, options, seed, content hash. */
  readonly provenance: Readonly<Record<string, unknown>>;
}
