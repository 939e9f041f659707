import type { Walk } from '../../backward.js';
import type { GraphFacts } from './graph-facts.js';
import type { LinearLayer } from './layer.js';
import type { Branch, Group, LayerRule, Sign } from './layer-rule.js';
import type { ZeroRelevance } from './zero-relevance.js';

/** A layer that the walk has come to. */
export interface AtLayer {
  readonly layer: LinearLayer;
  readonly walk: Walk;
  /** Of the layer's output. */
  readonly relevance: string;
  /** The layer's bias, if it takes part. */
  readonly bias: string | undefined;
  readonly facts: GraphFacts;
  readonly zeroRelevance: ZeroRelevance;
  /** What `make` gives, made once for each key. */
  once(key: unknown, make: () => string): string;
}

/** A branch, or several at once. */
export interface BranchPass {
  readonly input: string;
  readonly minus?: boolean;
  output(): Output;
  /** factor W' g */
  back(gradient: string): string;
  /** The input's relevance of its gradient: x g. */
  relevance(gradient: string): string;
}

export interface Output {
  readonly value: string;
  /** Where it is known. */
  readonly sign?: Sign;
}

/**
 * Shorter ways to parts of the sum. All of `rules` are applied in their order; of the others the first that
 * is not undefined is taken, and the definition where there is none.
 */
export interface Accelerations {
  /** A rule of fewer groups or branches that gives the same. */
  readonly rules: readonly ((rule: LayerRule, at: AtLayer) => LayerRule)[];
  /** R_in as a whole. */
  readonly relevance: readonly ((rule: LayerRule, at: AtLayer) => string | undefined)[];
  /** All branches of a group in one pass. */
  readonly pass: readonly ((group: Group, at: AtLayer) => BranchPass | undefined)[];
  /** W x + b of a branch. */
  readonly output: readonly ((branch: Branch, at: AtLayer) => Output | undefined)[];
  /** z of a group, from that of the group before. */
  readonly z: readonly ((group: Group, before: Output | undefined, at: AtLayer) => Output | undefined)[];
}

/** The sum as it is defined. */
export const literally: Accelerations = { rules: [], relevance: [], pass: [], output: [], z: [] };
