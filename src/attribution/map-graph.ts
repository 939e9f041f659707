import type { BackwardOptions } from '../graph/backward.js';
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import type { Classifier } from '../model/classifier.js';

export type RuleChoice = BackwardOptions['ruleFor'];

/** A backward pass through the model: its rules, its start and the values at which its quantity is read. */
export interface BackwardPass {
  /** The method's name, for errors about operators without a rule. */
  readonly method: string;
  readonly ruleFor: RuleChoice;
  /** The value where the pass starts; by default the model's output. */
  readonly from?: string;
  /** The quantity at the start; by default the seed. */
  readonly start?: string;
  /** The values whose quantity is returned; by default the model's input. */
  readonly wrt?: readonly string[];
  /**
   * The engine whose preferred forms of rules are used; by default the model's. `any` selects forms that
   * every engine runs.
   */
  readonly engine?: string;
}

/** Adds the nodes of a backward pass. Returns the quantity at each of `wrt`, zeros where none arrives. */
export type WalkBack = (pass: BackwardPass) => Readonly<Record<string, string>>;

/** Nodes before the model that compute its input `name` from other feeds. */
export interface Front {
  readonly feeds: readonly Value[];
  make(builder: Builder, name: string): void;
}

/** What a method's graph is made for: a model with channels first, and the method's options. */
export interface MapAsked<O> {
  readonly model: Classifier;
  /** The method's options, checked, with defaults filled in. */
  readonly options: O;
  readonly seed: number;
}

/** A method's map as a graph, from an image to the map. */
export interface MapGraph {
  /** The model in the form that the nodes read. */
  readonly model: Classifier;
  /** Makes the model's input `name` of the image, such as points on a path; by default the image itself. */
  front?(builder: Builder, image: string, name: string): void;
  /** Adds the nodes behind the model. */
  nodes(builder: Builder, walk: WalkBack, image: string): MapNodes;
}

/** The values that a map's nodes make. */
export interface MapNodes {
  /** The map, in the input's shape or `[N, 1, h, w]`. */
  readonly map: string;
  /** `[N, K]`: the target's entry is what the map sums to, for methods with such an axiom. */
  readonly total?: string;
  /** `[N, 1]`: what should be the total, where that is not the sum of the map. */
  readonly sum?: string;
  /** The raw outputs `[N, K]` at the image, where the model's own output is of other inputs. */
  readonly output?: string;
}
