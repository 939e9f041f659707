import type { Constant } from '../../graph.js';

/**
 * A relevance rule of layers, as data for one algorithm (Bach et al. 2015, Montavon et al. 2019):
 *
 *   R_in = sum over groups and branches of  x * factor W' (R / (z + epsilon sign z)).
 *
 * Each group shares `factor` times the relevance R. A branch is the layer applied to a part x of its input,
 * with a part W of its weights and a part b of its bias. z is the sum of the branches' outputs W x + b.
 */
export interface LayerRule {
  readonly groups: readonly Group[];
  readonly epsilon: number;
  /** Set if the groups are those of the gamma rule. */
  readonly gamma?: number;
}

export interface Group {
  readonly factor?: number;
  readonly branches: readonly Branch[];
  /** The sign of z, if known by construction. */
  readonly sign?: Sign;
  /** Shares relevance only where the layer's own output has this sign. */
  readonly where?: Sign;
  /** The z of this group and that of the group before add up to the layer's output. */
  readonly rest?: true;
}

/** One application of the layer; `minus` subtracts its output and its relevance. */
export interface Branch {
  readonly input: 'whole' | 'positive' | 'negative' | 'ones' | Bound;
  readonly weight: WeightPart;
  readonly bias: boolean;
  readonly minus?: boolean;
}

export type Sign = 'positive' | 'negative';

/** A bound of the input: one number, one per channel, or one per value of a sample. */
export type Bound = Constant;

/** `gamma` favours weights of one sign: w + gamma w+ or w + gamma w-. */
export type WeightPart = 'whole' | Sign | 'square' | 'ones' | { readonly gamma: number; readonly of: Sign };
