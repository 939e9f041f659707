import { usageError } from '../base/errors.js';
import { type OptionsOf, readOptions } from '../base/options.js';
import type { NameIn } from '../base/registry.js';
import { type DatasetName, type DatasetRequest, isPrepared, type TaskName } from '../benchmark/dataset.js';
import { benchmarkOptions } from '../benchmark/plan.js';
import type { BenchmarkResult } from '../benchmark/rows.js';
import { benchmark as runBenchmark } from '../benchmark/run.js';
import type { Dataset } from '../data/dataset.js';
import { runHere } from '../figures/here.js';
import type { Architecture } from '../model/architectures/architecture.js';
import type { architectures } from '../model/architectures/registry.js';
import { sharedEngine, type TrainingFor } from './model.js';

type Network = NameIn<typeof architectures> | Architecture;

const ofData: ReadonlySet<string> = new Set<keyof DatasetRequest>([
  ...(['dataset', 'root', 'datasetOptions', 'task', 'taskOptions', 'image', 'split', 'seed'] as const),
]);

/** The data, the training, and what is explained and scored; only `dataset` and `out` have no default. */
export interface BenchmarkSettings<D = DatasetName | Dataset, T = TaskName, A = Network>
  extends DatasetRequest<D, T>,
    OptionsOf<typeof benchmarkOptions> {
  /** The run's folder; an interrupted run resumes from it. */
  readonly out: string;
  /** Options of the training. */
  readonly training?: TrainingFor<A>;
  /** The folder for drawn data sets. */
  readonly drawn?: string;
}

/**
 * Prepares data, trains a classifier, explains test images, scores the maps and writes the run's folder.
 * `dataset` may also be the folder of a prepared set. `methods` and `metrics` are names or your own:
 * `methods: ['gradcam', mine]`. Throws for unknown names and options, and where `out` holds another run.
 */
export function benchmark<D extends DatasetName | Dataset, T extends TaskName, A extends Network>({
  out,
  training,
  drawn = 'data',
  ...given
}: BenchmarkSettings<D, T, A>): Promise<BenchmarkResult> {
  const { dataset } = given;
  for (const [name, value] of Object.entries({ dataset, out }))
    if (value === undefined) throw usageError(`benchmark needs ${name}`);
  const isOwn = ([name]: [string, unknown]) => !ofData.has(name) || name in benchmarkOptions;
  const named = Object.entries(given).filter(isOwn);
  const options = readOptions(benchmarkOptions, Object.fromEntries(named), 'benchmark');
  return runHere(async (run) => {
    const isSet = typeof dataset === 'string' && (await isPrepared(dataset));
    const data = isSet ? { prepared: dataset } : given;
    return runBenchmark({ data, training: training ?? {}, options, out, drawn }, sharedEngine(), run);
  });
}
