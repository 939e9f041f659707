import type { Constant } from '../../graph.js';

/**
 * A relevance rule of layers as data, for one algorithm (Bach et al. 2015, Montavon et al. 2019). Each group
 * shares out `factor` times the relevance R: a branch is the layer run again on a part x of its input with a
 * part W of its weights and a part b of its bias, z is the sum of the branches' outputs W x + b, and
 *
 *   R_in = sum over groups and branches of  x * factor W' (R / (z + epsilon sign z)).
 */
export interface LayerRule {
  readonly groups: readonly Group[];
  readonly epsilon: number;
  /** Set where the groups are the gamma rule's. */
  readonly gamma?: number;
}

export interface Group {
  readonly factor?: number;
  readonly branches: readonly Branch[];
  /** The sign that every z has by construction. */
  readonly sign?: Sign;
  /** Shares out only where the layer's own output has this sign. */
  readonly where?: Sign;
  /** Its z and that of the group before make the layer's output. */
  readonly rest?: true;
}

/** One run of the layer; `minus` takes its output and its relevance away. */
export interface Branch {
  readonly input: 'whole' | 'positive' | 'negative' | 'ones' | Bound;
  readonly weight: WeightPart;
  readonly bias: boolean;
  readonly minus?: boolean;
}

export type Sign = 'positive' | 'negative';

/** A bound of the input: one number, one for each channel, or one for each value of a sample. */
export type Bound = Constant;

/** `gamma` favours the weights of one sign: w + gamma w+ or w + gamma w-. */
export type WeightPart = 'whole' | Sign | 'square' | 'ones' | { readonly gamma: number; readonly of: Sign };
