import type { OptionSpecs, OptionValues } from '../base/options.js';
import type { Paper } from '../base/paper.js';
import type { RunContext } from '../base/run.js';
import type { Classifier } from '../model/classifier.js';
import type { TargetKind } from '../model/target.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Compared } from './input/targets.js';
import type { MapAsked, MapGraph } from './map-graph.js';

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

/** The arguments of a method: the model, a batch of inputs and their targets. */
export interface Request<O> {
  /** The classifier to explain. */
  readonly model: Classifier;
  /** A batch `[N, ...]` in the model's input shape, already normalised. */
  readonly input: Tensor;
  /** For each row of `input`, the index of the raw output to explain. */
  readonly targets: readonly number[];
  /** The method's options, checked, with defaults filled in. */
  readonly options: O;
  /** Seed of all random numbers. */
  readonly seed: number;
  /** Progress and cancellation. */
  readonly run: RunContext;
  /** Where the rows stand in a greater batch, for notes that name samples. */
  readonly part?: Part;
}

/** Where rows that are explained together stand in the batch that they are a part of. */
export interface Part {
  /** The sample of each row. */
  readonly places: readonly number[];
  /** The number of samples in the whole batch. */
  readonly count: number;
}

/** The quantity of the target that a map explains. */
export type Quantity = 'raw output' | 'probability' | Exclude<TargetKind, 'class' | 'output'>;

/** How far an estimate from random draws can be trusted. */
export interface Convergence {
  /** The standard error of each segment's value, where the method has segments. */
  readonly errors?: readonly number[];
  /**
   * The correlation over the segments that is expected with the map of another seed, from that of two halves
   * of the draws (Spearman and Brown).
   */
  readonly stability: number;
}

/** The result for a batch: one map for each row of the input. */
export interface Attribution {
  /**
   * The maps, signed and not normalised: the input's shape, or `[N, 1, h, w]` for CAM and attention methods.
   */
  readonly map: Tensor;
  /** The method's cost: forward and backward evaluations of the model per sample. */
  readonly evaluations: { readonly forward: number; readonly backward: number };
  /** The explained quantity; by default the raw output. */
  readonly quantity?: Quantity;
  /** The completeness or conservation residual of each sample, for methods with such an axiom. */
  readonly residual?: readonly number[];
  /** The target's raw output at the inputs and at their baselines, for methods that compare the two. */
  readonly compared?: Compared;
  /** For each sample, for methods that draw at random: how far the map has converged. */
  readonly convergence?: readonly Convergence[];
  /** Notes for the reader of the map: sentences that begin in lower case. */
  readonly notes?: readonly string[];
  /** Notes on these samples: others may give none. */
  readonly sampleNotes?: readonly string[];
  /** The layer that a CAM method uses. */
  readonly layer?: string;
  /** Whether the gradient also runs from that layer back to the input. */
  readonly passesLayer?: boolean;
}

/**
 * An attribution method. To add one, export a value of this type from its own file and list it in its
 * family's index.
 */
export interface Method<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  /** The method's name, such as `integrated-gradients`. */
  readonly name: N;
  /** The family, named like the folder; `baseline` holds model-free baselines. */
  readonly family: Family;
  /** One sentence on what the method computes. */
  readonly doc: string;
  /** The paper that defines the method. */
  readonly paper?: Paper;
  /** The declared options. */
  readonly options: S;
  /** Whether the map has the input's shape (`input`) or one channel (`spatial`). */
  readonly maps: 'input' | 'spatial';
  /** Computes the maps. Options and input are already checked. */
  attribute(request: Request<OptionValues<S>>): Promise<Attribution>;
  /** The same map as a graph, which can be written as a model: for methods of one program. */
  graph?(asked: MapAsked<OptionValues<S>>): MapGraph | Promise<MapGraph>;
}

/** Declares an attribution method; keeps the types of its name and options. */
export function method<const N extends string, S extends OptionSpecs>(declared: Method<N, S>): Method<N, S> {
  return declared;
}
