import type { GivenOptions } from '../base/options.js';
import type { Cases, Chosen } from './cases.js';
import type { MethodRow, ScoreRow, Skipped, SummaryRow, TrainedModel } from './rows.js';
import type { Seconds } from './seconds.js';

/** What a benchmark run found, and of what. */
export interface BenchmarkResult {
  readonly out: string;
  readonly task: string;
  readonly classes: readonly string[];
  readonly images: { readonly train: number; readonly validation: number; readonly test: number };
  readonly trained?: TrainedModel;
  readonly chosen: Chosen;
  readonly methods: readonly MethodRow[];
  /** With what was set of their options. */
  readonly metrics: Readonly<Record<string, GivenOptions>>;
  readonly skipped: readonly Skipped[];
  readonly summary: readonly SummaryRow[];
  readonly scores: readonly ScoreRow[];
  readonly cases: Cases;
  readonly seconds: Seconds;
}
