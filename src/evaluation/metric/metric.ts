import type { OptionSpecs, OptionValues } from '../../base/options.js';
import type { Paper } from '../../base/paper.js';
import type { RunContext } from '../../base/run.js';
import type { Classifier } from '../../model/classifier.js';
import type { Floats, Tensor } from '../../tensor/tensor.js';
import type { Reading, Sign } from './reading.js';

export type Category =
  | 'localisation'
  | 'faithfulness'
  | 'robustness'
  | 'randomisation'
  | 'complexity'
  | 'axiomatic'
  | 'groundtruth'
  | 'plausibility';

/** What a metric may require beside the map. */
export const needs = ['mask', 'model', 'network', 'explain'] as const;

/** What a metric may require that most data do not have. */
export const rareNeeds = ['anatomy', 'body', 'artefacts', 'others', 'shuffled', 'again'] as const;

/** What most data do not have, where it is there. */
export type Rare = Pick<Scored, (typeof rareNeeds)[number] | 'spacing'>;

/** Another image: the model's input `[1, C, H, W]`, normalised, and its class. */
export interface Other {
  readonly input: Tensor;
  readonly target: number;
}

/** Input of a metric: one sample's map, and further data that the metric declares in `needs`. */
export interface Scored {
  /** The channel-reduced heatmap `[H, W]`, signed. */
  readonly map: Tensor;
  /** Important pixels `[H, W]`, 0 or 1. */
  readonly mask?: Tensor<Uint8Array>;
  /** The explained classifier. */
  readonly model?: Classifier;
  /** Raw outputs `[N, K]` for inputs `[N, ...]`, whose memory is reused; those of `model` by default. */
  readonly predict?: (input: Tensor) => Promise<Tensor<Floats>>;
  /** The model's input `[1, C, H, W]`, normalised. */
  readonly input?: Tensor;
  /** The input blurred, by the standard deviation in pixels: what is made for one map is there for others. */
  readonly blurs?: Map<number, Float32Array>;
  /** Index of the explained output. */
  readonly target?: number;
  /** Millimetres from one pixel of the map to the next, down and across, where the file states them. */
  readonly spacing?: readonly [number, number];
  /** Pixels that can hold the finding, such as the lungs; 0 or 1, `[H, W]`, as the map. */
  readonly anatomy?: Tensor<Uint8Array>;
  /** Pixels of the patient, without the air around. */
  readonly body?: Tensor<Uint8Array>;
  /** Pixels of burned-in text, markers and devices. */
  readonly artefacts?: Tensor<Uint8Array>;
  /** Other images of the data set, of other patients. */
  readonly others?: readonly Other[];
  /** The same network trained on shuffled labels. */
  readonly shuffled?: Classifier;
  /** Classifiers of the same task that were trained again, from another seed or as another network. */
  readonly again?: readonly Classifier[];
  /** Explains another input, or a changed model, by the same method: map `[H, W]`. */
  readonly explain?: (
    input: Tensor,
    target: number,
    change?: (model: Classifier) => Classifier,
  ) => Promise<Tensor>;
  /** Seed of everything random in the metric. */
  readonly seed: number;
  /** Progress and cancellation. */
  readonly run: RunContext;
}

/** What a metric gets: its map is that of the reading. */
export interface Seen extends Scored {
  /** What metrics ask of the map, shared by all that score it. */
  readonly reading: Reading;
}

/** A score, or `NaN` and the reason; undefined scores are counted in every table, never dropped. */
export interface Score {
  /** The score, or `NaN` where it is undefined. */
  readonly value: number;
  /** Why the score is undefined. */
  readonly reason?: string;
  /**
   * The measured quantity with no pixel replaced and with all, of metrics that replace pixels, and whether
   * the two hardly differ: then the replacement does not remove the evidence.
   */
  readonly compared?: { readonly input: number; readonly baseline: number; readonly remains?: boolean };
  /** What a reader of the score has to know, such as a replacement that removes no evidence. */
  readonly note?: string;
  /** A curve behind the value, for plots. */
  readonly curve?: { readonly x: readonly number[]; readonly y: readonly number[] };
}

/** A score without a value: `NaN`, with the reason. */
export const undefinedScore = (reason: string): Score => ({ value: Number.NaN, reason });

/**
 * A metric and its declared contract. Before `score` is called, the map is checked and its sign is read, by
 * the option `sign` or else by `reads`: `score` gets a finite map that is not flat, of the mask's size, and a
 * mask that is not empty.
 */
export interface Metric<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  /** Name for lookup, such as `pointing-game`. */
  readonly name: N;
  /** The property that it measures. */
  readonly category: Category;
  /** Description of what it computes, in one sentence. */
  readonly doc: string;
  /** The paper that defines it. */
  readonly paper?: Paper;
  /** Declared options. */
  readonly options: S;
  /** Whether higher or lower is better. */
  readonly direction: 'higher' | 'lower' | 'none';
  /** Smallest and largest possible score with the default options. */
  readonly range: readonly [number, number];
  /**
   * Whether a score is a hit (1) or a miss (0), or between them the chance of a hit: their mean is a
   * proportion.
   */
  readonly binary?: true;
  /**
   * The mean that maps of random values are expected to have, where it is known: a number, or the share of
   * the image that the mask covers.
   */
  readonly chance?: number | 'mask-share';
  /** Which part of the map's sign is read, unless the option `sign` says otherwise. */
  readonly reads: Sign;
  /** How ties between pixels are broken, in words. */
  readonly ties: string;
  /**
   * The score, in words, for an empty mask, a flat map (or one that is flat after `reads`), and a NaN or
   * infinity.
   */
  readonly undefinedFor: { readonly emptyMask: string; readonly flatMap: string; readonly nan: string };
  /** Which data it requires: `model` is satisfied by `predict` as well, `network` only by the classifier. */
  readonly needs: readonly ((typeof needs)[number] | (typeof rareNeeds)[number])[];
  /** Whether its baseline is, where none is given, that of the method which made the map. */
  readonly sharesBaseline?: true;
  /** Changes of a map that leave its score the same; `monotone` is any strictly increasing function. */
  readonly invariantTo: readonly ('scale' | 'shift' | 'monotone')[];
  /** Computes the score of one map. */
  score(scored: Seen, options: OptionValues<S>): Score | Promise<Score>;
}

/** Declares a metric; the types of its name and options are kept. */
export function metric<const N extends string, S extends OptionSpecs>(declared: Metric<N, S>): Metric<N, S> {
  return declared;
}
