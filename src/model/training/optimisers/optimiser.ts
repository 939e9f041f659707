import type { Paper } from '../../../base/paper.js';
import type { Builder } from '../../../graph/builder.js';

export interface Hyperparameters {
  readonly momentum: number;
  /** Weight decay. */
  readonly decay: number;
}

/** The graph values for the update of one parameter, by name. */
export interface Update {
  readonly weight: string;
  readonly gradient: string;
  /** One per entry of the optimiser's `moments`, of the weight's shape, initially zero. */
  readonly moments: readonly string[];
  readonly scalars: Readonly<Record<string, string>>;
  /** Whether weight decay applies; it does not to biases and normalisation parameters. */
  readonly decays: boolean;
}

export interface Optimiser {
  readonly name: string;
  readonly doc: string;
  readonly paper: Paper;
  readonly moments: readonly string[];
  /**
   * The scalars that change between steps; `step` counts from 1. Computed in float64 and fed to the graph.
   */
  scalars(step: number, rate: number, hyper: Hyperparameters): Readonly<Record<string, number>>;
  /** Adds the update's nodes; returns the names of the new weight and of the new moments. */
  update(builder: Builder, update: Update, hyper: Hyperparameters): readonly [string, ...string[]];
}
