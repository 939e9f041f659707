import type { GivenOptions } from '../../base/options.js';
import type { Graph } from '../../graph/graph.js';
import type { Tensor } from '../../tensor/tensor.js';

/** A network whose maps are known exactly, at some inputs; its output 0 is explained. */
export interface ConformanceCase {
  readonly name: string;
  /** What it shows about methods. */
  readonly shows: string;
  /** What stands for an absent pixel: the baseline of all methods that have one. */
  readonly baseline: number;
  readonly graph: Graph;
  /** The inputs `[N, 1, H, W]`. */
  readonly input: Tensor;
  /** Inputs `[M, 1, H, W]` for what is estimated from data; their covariance is the problem's. */
  readonly data?: Tensor;
  /** Exact maps `[N, 1, H, W]` by the name of their file. */
  readonly exact: Readonly<Record<string, Exact>>;
}

/** An exact map, and how the library computes it: a method with its options, or a formula over `data`. */
export interface Exact {
  readonly map: Tensor;
  readonly own:
    | { readonly method: string; readonly options: GivenOptions }
    | { readonly computed: () => Tensor };
}
