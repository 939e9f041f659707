import type { OptionSpecs, OptionValues } from '../base/options.js';
import type { Paper } from '../base/paper.js';
import type { RunContext } from '../base/run.js';
import type { Classifier } from '../model/classifier.js';
import type { Tensor } from '../tensor/tensor.js';

export type Family =
  | 'gradient'
  | 'cam'
  | 'relevance'
  | 'perturbation'
  | 'surrogate'
  | 'pattern'
  | 'attention'
  | 'prototype'
  | 'baseline';

export interface Request<O> {
  readonly model: Classifier;
  /** A batch in the model's own input shape, `[N, ...]`, as the model takes it (already normalised). */
  readonly input: Tensor;
  /** Index into the model's raw output, one for each row of `input`. */
  readonly targets: readonly number[];
  readonly options: O;
  readonly seed: number;
  readonly run: RunContext;
}

/** What of the target is explained; the same method gives another map for each. */
export type Quantity = 'raw output' | 'probability';

export interface Attribution {
  /** Signed and unnormalised: the input's shape, or `[N, 1, h, w]` from class activation and attention maps. */
  readonly map: Tensor;
  /** Forward and backward evaluations of the model for each sample. */
  readonly evaluations: { readonly forward: number; readonly backward: number };
  /** The raw output where it is left out. */
  readonly quantity?: Quantity;
  /** The completeness or conservation residual of each sample, where the method has such an axiom. */
  readonly residual?: readonly number[];
}

/** One attribution method: a value of this type in a file of its own, and one export line in its family's index. */
export interface Method<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  readonly name: N;
  readonly family: Family;
  /** One sentence on what it computes. */
  readonly doc: string;
  readonly paper?: Paper;
  readonly options: S;
  /** Whether the map is of the input's shape (`input`) or has one channel (`spatial`). */
  readonly maps: 'input' | 'spatial';
  attribute(request: Request<OptionValues<S>>): Promise<Attribution>;
}

/** Declares a method; its name and its options keep their types. */
export function method<const N extends string, S extends OptionSpecs>(declared: Method<N, S>): Method<N, S> {
  return declared;
}
