import type { Paper } from '../../../base/paper.js';
import type { Builder } from '../../../graph/builder.js';

export interface Hyperparameters {
  readonly momentum: number;
  /** Weight decay. */
  readonly decay: number;
}

/** How one parameter moves; all names are of values in the graph. */
export interface Update {
  readonly weight: string;
  readonly gradient: string;
  /** One for each of the optimiser's `moments`, of the weight's shape, zero at first. */
  readonly moments: readonly string[];
  readonly scalars: Readonly<Record<string, string>>;
  /** Whether weight decay applies: not to biases and normalisation parameters. */
  readonly decays: boolean;
}

export interface Optimiser {
  readonly name: string;
  readonly doc: string;
  readonly paper: Paper;
  readonly moments: readonly string[];
  /** The numbers that change from step to step (the first is 1), made in double precision and fed in. */
  scalars(step: number, rate: number, hyper: Hyperparameters): Readonly<Record<string, number>>;
  /** Returns the new weight and the new moments. */
  update(builder: Builder, update: Update, hyper: Hyperparameters): readonly [string, ...string[]];
}
