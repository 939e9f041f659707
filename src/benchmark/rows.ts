import type { Family } from '../attribution/method.js';
import type { Flaws } from '../attribution/notes.js';
import type { GivenOptions } from '../base/options.js';
import type { History } from '../model/training/history.js';
import type { Cases, Chosen } from './cases.js';
import type { Reasons } from './reasons.js';
import type { Seconds } from './seconds.js';
import type { Tuned } from './tuned.js';

/** One score: of one method's map of one image, by one metric. */
export interface ScoreRow {
  readonly sample: string;
  readonly patient: string;
  /** The explained class. */
  readonly target: string;
  /** The predicted class, and the probability of the explained one; `null` where outputs have none. */
  readonly prediction: string;
  readonly probability: number | null;
  /** The annotation's size where the map is scored, and its share of that. */
  readonly lesionPixels: number;
  readonly lesionShare: number;
  /** Number of separate lesions, and how many times longer than wide the largest is. */
  readonly lesions: number;
  readonly lesionAxes: number;
  /** Where the image was taken; `null` where the data set does not say. */
  readonly site: string | null;
  readonly method: string;
  readonly metric: string;
  /** `null` when the score is undefined; `reason` says why. */
  readonly value: number | null;
  readonly reason?: string;
}

/** What the model says of whole images, and of their baselines: means over the images. */
export interface Ends {
  readonly input: number;
  readonly baseline: number;
}

/** A metric's comparison of images with baselines. */
export interface Removal extends Ends {
  readonly metric: string;
  /** Number of images compared, and of those whose evidence the baseline does not remove. */
  readonly images: number;
  readonly kept: number;
}

/** A method's cost in the run. */
export interface MethodRow {
  readonly method: string;
  readonly family: Family;
  readonly options: Readonly<Record<string, unknown>>;
  readonly seconds: number;
  readonly forward: number;
  readonly backward: number;
  /** Mean absolute completeness or conservation residual, for methods with such an axiom. */
  readonly residual?: number;
  /** Mean raw output at the inputs and at their baselines, where the method compares the two. */
  readonly compared?: Ends;
  /** The number of maps with each flaw. */
  readonly flaws?: Readonly<Record<keyof Flaws, number>>;
  /** What holds for all maps and a reader has to know. */
  readonly notes?: readonly string[];
  /** Methods whose maps are the same on all images, but for rounding. */
  readonly sameAs?: readonly string[];
  readonly sha256: string;
}

/** A method that does not support the model, with the reason. */
export interface Skipped {
  readonly method: string;
  readonly skipped: string;
}

/** The classifier that the run trained. */
export interface TrainedModel {
  readonly history: History;
  readonly seconds: number;
  readonly sha256: string;
}

/** A method's scores by one metric, summarised over all images. */
export interface SummaryRow {
  readonly method: string;
  readonly family: Family;
  readonly metric: string;
  readonly direction: 'higher' | 'lower' | 'none';
  readonly mean: number | null;
  /** 95 % confidence interval of the mean, patients resampled; of hits and misses, Wilson's by patient. */
  readonly low: number | null;
  readonly high: number | null;
  /**
   * The mean paired difference to the best baseline (positive is better) and its interval; `null` for
   * baselines.
   */
  readonly gain: number | null;
  readonly gainLow: number | null;
  readonly gainHigh: number | null;
  /** Better than every baseline, worse than the best, or neither, at 5 % over all tests of this metric. */
  readonly verdict: 'better' | 'worse' | 'inconclusive' | null;
  /** The p-value behind the verdict, by Holm's adjustment over all methods and baselines. */
  readonly p: number | null;
  /** An earlier method with the same maps; both count as one. */
  readonly sameAs: string | null;
  /** The mean that random maps are expected to have, or else that of the run's random maps. */
  readonly chance: number | null;
  /**
   * The mean relative to chance: 0 as random maps, 1 for the best possible score, below 0 where it is worse.
   * `null` where the chance is not known or no score is the best.
   */
  readonly aboveChance: number | null;
  /** Number of defined and of undefined scores. */
  readonly scored: number;
  readonly undefined: number;
}

/** A method's mean score by a metric within one stratum of the images. */
export interface StratumRow {
  /** What divides the images: size, number, shape, site, prediction or confidence. */
  readonly by: string;
  readonly stratum: string;
  readonly metric: string;
  readonly method: string;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly images: number;
  readonly patients: number;
  /** Images whose score is undefined. */
  readonly undefined: number;
}

/** What a metric is worth on a run's model. */
export interface MetricTrust {
  readonly metric: string;
  /** Whether it reads the annotation itself. */
  readonly readsTruth: boolean;
  /** Of `judged` methods those that it tells from random maps; `null` where the run has no random maps. */
  readonly told: number | null;
  /** Of these, the methods that it puts behind random maps. */
  readonly behind: number;
  readonly judged: number;
  readonly patients: number;
  /** The metric of annotated truth that it is compared with, and Kendall's tau of both over methods. */
  readonly truth: string | null;
  readonly agreement: { readonly mean: number; readonly low: number; readonly high: number } | null;
  /**
   * `column`: it earns one; `doubt`: it tells methods from random maps but puts most of them behind, or does
   * not rank them as the truth does; `nothing`: it tells none from random maps; `unknown`: there were none.
   */
  readonly earns: 'column' | 'doubt' | 'nothing' | 'unknown';
  /** The reason in a sentence. */
  readonly why: string;
}

/**
 * The scores of one method by one metric: for each case a value or the reason why it is undefined. Also the
 * time taken.
 */
export interface MethodScores {
  readonly seconds: number;
  readonly scores: readonly {
    readonly value: number | null;
    readonly reason?: string;
    readonly note?: string;
    readonly compared?: Ends & { readonly remains?: boolean };
  }[];
}

/** The result of a benchmark run. */
export interface BenchmarkResult {
  /** The run's folder. */
  readonly out: string;
  /** The task's name. */
  readonly task: string;
  /** Class names, in the order of the outputs. */
  readonly classes: readonly string[];
  /** The outputs as the model's file names them, where those are no names of these classes. */
  readonly named?: readonly string[];
  /** How the model's outputs were read, where its file does not tell. */
  readonly assumed?: string;
  /** Of a given model: how its images are normalised, and what its explained output is. */
  readonly read?: { readonly normalisation: string; readonly head: string; readonly classes?: string };
  /** That what the model's file or the user calls probabilities is none. */
  readonly improper?: string;
  /** Number of samples by split. */
  readonly images: { readonly train: number; readonly validation: number; readonly test: number };
  /** The training; missing when the run used a given model. */
  readonly trained?: TrainedModel;
  /** The number that was explained, in the words of `--target`; missing for that of the annotated class. */
  readonly target?: string;
  /** The options that were tuned, and how; missing when none were. */
  readonly tuned?: Tuned;
  /** Of a network of prototypes: what it says itself, and what its prototypes are worth. */
  readonly reasons?: Reasons;
  /** The classifier's test quality, and the number of explained images. */
  readonly chosen: Chosen;
  /** The cost of each method. */
  readonly methods: readonly MethodRow[];
  /** The metrics by name, with the options that the benchmark set. */
  readonly metrics: Readonly<Record<string, GivenOptions>>;
  /** The methods that do not support the model, with the reason. */
  readonly skipped: readonly Skipped[];
  /** What the metrics that replace pixels measure of whole images and of their baselines. */
  readonly removals: readonly Removal[];
  /** What else metrics say of how they measured. */
  readonly metricNotes: readonly string[];
  /** The mean score of each method by each metric, with 95 % intervals. */
  readonly summary: readonly SummaryRow[];
  /** What each metric is worth on this model, and why. */
  readonly trust: readonly MetricTrust[];
  /** Kendall's tau of every two metrics over the methods' mean scores. */
  readonly agreement: { readonly metrics: readonly string[]; readonly taus: readonly (readonly number[])[] };
  /** Mean scores within strata of the images: by lesion, site and prediction. */
  readonly strata: readonly StratumRow[];
  /** One row per method, metric and image. */
  readonly scores: readonly ScoreRow[];
  /** The explained images. */
  readonly cases: Cases;
  /** The duration of each stage. */
  readonly seconds: Seconds;
}
