import type { RunContext } from '../../base/run.js';
import type { Classifier } from '../../model/classifier.js';
import type { Floats, Tensor } from '../../tensor/tensor.js';
import type { Segmentation } from './segments.js';

/** A game's players, what absence means and the value that is asked of the model. */
export interface GameRules {
  readonly model: Classifier;
  /** `[1, ...]` */
  readonly image: Tensor;
  /** What stands where a player is absent, `[1, ...]`. */
  readonly baseline: Tensor;
  readonly segmentation: Segmentation;
  /** The value in the raw outputs `[K]`. */
  readonly value: (outputs: Floats) => number;
  readonly label: string;
  readonly run: RunContext;
}

/**
 * Fills the presence of each player in a coalition, from 0 (absent) to 1. A function of the number alone,
 * called in order, twice where some coalitions are found in another way.
 */
export type Write = (index: number, presence: Float32Array) => void;
