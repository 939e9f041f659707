import type { OptionSpecs, OptionValues } from '../../base/options.js';
import type { Paper } from '../../base/paper.js';
import type { RunContext } from '../../base/run.js';
import type { Classifier } from '../../model/classifier.js';
import type { Tensor } from '../../tensor/tensor.js';

export type Category =
  | 'localisation'
  | 'faithfulness'
  | 'robustness'
  | 'randomisation'
  | 'complexity'
  | 'axiomatic'
  | 'groundtruth'
  | 'plausibility';

/** What of a map's sign is read: the values as they are, the positive ones (others are 0), or their magnitude. */
export type Sign = 'signed' | 'positive' | 'absolute';

/** What a metric may look at for one sample. `needs` says which of it a metric requires. */
export interface Scored {
  /** The channel-reduced heatmap `[H, W]`, signed. */
  readonly map: Tensor;
  /** `[H, W]` of 0/1. */
  readonly mask?: Tensor<Uint8Array>;
  readonly model?: Classifier;
  /** Raw outputs `[N, K]` for inputs `[N, ...]`; what the model says where it is left out. */
  readonly predict?: (input: Tensor) => Promise<Tensor>;
  /** `[1, C, H, W]`, as the model takes it. */
  readonly input?: Tensor;
  readonly target?: number;
  /** How the map was made, for metrics that explain again. */
  readonly explain?: (input: Tensor, target: number) => Promise<Tensor>;
  readonly seed: number;
  readonly run: RunContext;
}

/** A score, or `NaN` and why there is none: counted in every table, never dropped. */
export interface Score {
  readonly value: number;
  readonly reason?: string;
  /** A curve behind the value, for plots. */
  readonly curve?: { readonly x: readonly number[]; readonly y: readonly number[] };
}

export const undefinedScore = (reason: string): Score => ({ value: Number.NaN, reason });

/**
 * The declared contract of a metric, and the metric itself. What all metrics share is done before `score` is called:
 * it gets a finite map that is not flat, its sign read as the option `sign` or else `reads` says, of the mask's
 * size, and a mask that is not empty.
 */
export interface Metric<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  readonly name: N;
  readonly category: Category;
  readonly doc: string;
  readonly paper?: Paper;
  readonly options: S;
  readonly direction: 'higher' | 'lower' | 'none';
  /** With the default options. */
  readonly range: readonly [number, number];
  /** What of the map's sign is read, unless the metric's option `sign` says otherwise. */
  readonly reads: Sign;
  readonly ties: string;
  /** What it gives for an empty mask, a flat map (also one without what `reads` reads), a NaN or an infinity. */
  readonly undefinedFor: { readonly emptyMask: string; readonly flatMap: string; readonly nan: string };
  readonly needs: readonly ('mask' | 'model' | 'explain')[];
  /** What may be done to a map without a change of its score: `monotone` is any strictly increasing function. */
  readonly invariantTo: readonly ('scale' | 'shift' | 'monotone')[];
  score(scored: Scored, options: OptionValues<S>): Score | Promise<Score>;
}

/** Declares a metric; its name and its options keep their types. */
export function metric<const N extends string, S extends OptionSpecs>(declared: Metric<N, S>): Metric<N, S> {
  return declared;
}
