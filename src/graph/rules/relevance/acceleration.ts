import type { Walk } from '../../backward.js';
import type { GraphFacts } from './graph-facts.js';
import type { LinearLayer } from './layer.js';
import type { Branch, Group, LayerRule, Sign } from './layer-rule.js';
import type { ZeroRelevance } from './zero-relevance.js';

/** What the rules of all layers of a graph share. */
export interface Sharing {
  readonly facts: GraphFacts;
  readonly zeroRelevance: ZeroRelevance;
  /** Whether the bias's share of relevance goes to the inputs instead. */
  readonly zeroBias: boolean;
}

/** The layer that the walk has reached, and what rules need there. */
export interface AtLayer extends Sharing {
  readonly layer: LinearLayer;
  readonly walk: Walk;
  /** The relevance of the layer's output. */
  readonly relevance: string;
  /** The layer's bias, if it is used. */
  readonly bias: string | undefined;
  /** The result of `make`, computed once per key. */
  once(key: unknown, make: () => string): string;
}

export function atLayer(layer: LinearLayer, relevance: string, walk: Walk, sharing: Sharing): AtLayer {
  const made = new Map<unknown, string>();
  const once = (key: unknown, make: () => string) => {
    const found = made.get(key) ?? make();
    made.set(key, found);
    return found;
  };
  return { ...sharing, layer, walk, relevance, bias: sharing.zeroBias ? undefined : layer.bias, once };
}

/** One branch, or several evaluated together. */
export interface BranchPass {
  readonly input: string;
  readonly minus?: boolean;
  output(): Output;
  /** factor W' g */
  back(gradient: string): string;
  /** Relevance of the input from its gradient: x g. */
  relevance(gradient: string): string;
}

export interface Output {
  readonly value: string;
  /** The sign of the value, if known. */
  readonly sign?: Sign;
}

/**
 * Shorter forms of parts of the sum. All `rules` are applied in order. Of the other forms, the first that is
 * not undefined is used, else the definition.
 */
export interface Accelerations {
  /** An equivalent rule with fewer groups or branches. */
  readonly rules: readonly ((rule: LayerRule, at: AtLayer) => LayerRule)[];
  /** The whole of R_in. */
  readonly relevance: readonly ((rule: LayerRule, at: AtLayer) => string | undefined)[];
  /** All branches of a group in one pass. */
  readonly pass: readonly ((group: Group, at: AtLayer) => BranchPass | undefined)[];
  /** W x + b of a branch. */
  readonly output: readonly ((branch: Branch, at: AtLayer) => Output | undefined)[];
  /** z of a group, given that of the group before. */
  readonly z: readonly ((group: Group, before: Output | undefined, at: AtLayer) => Output | undefined)[];
}

/** No shorter forms: the sum as it is defined. */
export const literally: Accelerations = { rules: [], relevance: [], pass: [], output: [], z: [] };

/** The result of the first form that applies. */
export function firstOf<T extends readonly unknown[], R>(
  forms: readonly ((...given: T) => R | undefined)[],
  ...given: T
): R | undefined {
  for (const form of forms) {
    const found = form(...given);
    if (found !== undefined) return found;
  }
  return undefined;
}
