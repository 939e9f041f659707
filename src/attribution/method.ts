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

/** What a method gets: the model, a batch of inputs and their targets. */
export interface Request<O> {
  /** The classifier to explain. */
  readonly model: Classifier;
  /** A batch in the model's own input shape, `[N, ...]`, as the model takes it (already normalised). */
  readonly input: Tensor;
  /** Index into the model's raw output, one for each row of `input`. */
  readonly targets: readonly number[];
  /** The method's own options, checked and with defaults filled in. */
  readonly options: O;
  /** Seed of everything random in the method. */
  readonly seed: number;
  /** Progress and cancellation. */
  readonly run: RunContext;
}

/** Which quantity of the target is explained; each has its own map. */
export type Quantity = 'raw output' | 'probability';

/** A method's result for a batch: one map for each row of the input. */
export interface Attribution {
  /**
   * Signed and unnormalised: the input's shape, or `[N, 1, h, w]` from class activation and attention maps.
   */
  readonly map: Tensor;
  /** Forward and backward evaluations of the model for each sample: the method's cost. */
  readonly evaluations: { readonly forward: number; readonly backward: number };
  /** The explained quantity: the raw output by default. */
  readonly quantity?: Quantity;
  /** The completeness or conservation residual of each sample, where the method has such an axiom. */
  readonly residual?: readonly number[];
  /** Notes for the reader of the map, as sentences that begin in lower case. */
  readonly notes?: readonly string[];
  /** The layer that a class activation map looks at. */
  readonly layer?: string;
}

/**
 * One attribution method: a value of this type in its own file, and one export line in its family's index.
 */
export interface Method<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  /** The name by which methods are chosen, such as `integrated-gradients`. */
  readonly name: N;
  /** The family whose folder holds the method; `baseline` is a model-free baseline. */
  readonly family: Family;
  /** One sentence on what it computes. */
  readonly doc: string;
  /** The paper that defines it. */
  readonly paper?: Paper;
  /** Declared options. */
  readonly options: S;
  /** Whether the map is of the input's shape (`input`) or has one channel (`spatial`). */
  readonly maps: 'input' | 'spatial';
  /** Computes the maps; options and input have been checked. */
  attribute(request: Request<OptionValues<S>>): Promise<Attribution>;
}

/** Declares an attribution method; the types of its name and options are kept. */
export function method<const N extends string, S extends OptionSpecs>(declared: Method<N, S>): Method<N, S> {
  return declared;
}
