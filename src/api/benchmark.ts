import { type GivenOptions, type OptionsOf, readOptions } from '../base/options.js';
import { type DatasetRequest, isPrepared } from '../benchmark/dataset.js';
import { benchmarkOptions } from '../benchmark/plan.js';
import type { BenchmarkResult } from '../benchmark/rows.js';
import { benchmark as runBenchmark } from '../benchmark/run.js';
import { runHere } from '../figures/here.js';
import { sharedEngine } from './model.js';

/** The data, the training, and what is explained and scored; only `dataset` and `out` have no default. */
export interface BenchmarkSettings extends DatasetRequest, OptionsOf<typeof benchmarkOptions> {
  /** The run's folder; an interrupted run resumes from it. */
  readonly out: string;
  /** Options of the training. */
  readonly training?: GivenOptions;
  /** The folder for drawn data sets. */
  readonly drawn?: string;
}

/**
 * Prepares data, trains a classifier, explains test images, scores the maps and writes the run's folder.
 * `dataset` may also be the folder of a prepared set. `methods` and `metrics` are names or your own:
 * `methods: ['gradcam', mine]`. Throws for unknown names and options, and where `out` holds another run.
 */
export function benchmark({
  out,
  training = {},
  drawn = 'data',
  ...given
}: BenchmarkSettings): Promise<BenchmarkResult> {
  const isOwn = ([name]: [string, unknown]) => name in benchmarkOptions;
  const named = Object.entries(given).filter(isOwn);
  const options = readOptions(benchmarkOptions, Object.fromEntries(named), 'benchmark');
  const { dataset } = given;
  return runHere(async (run) => {
    const isSet = typeof dataset === 'string' && (await isPrepared(dataset));
    const data = isSet ? { prepared: dataset } : given;
    return runBenchmark({ data, training, options, out, drawn }, sharedEngine(), run);
  });
}
