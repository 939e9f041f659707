import type { MethodName } from '../attribution/index.js';
import type { Method } from '../attribution/method.js';
import { usageError } from '../base/errors.js';
import { type OptionsOf, readOptions } from '../base/options.js';
import { chosenMethods, chosenMetrics } from '../benchmark/plan.js';
import { tuneOptions } from '../benchmark/tune/options.js';
import { tune as runSearch, type Tuning } from '../benchmark/tune/tune.js';
import type { MetricName } from '../evaluation/index.js';
import type { Metric } from '../evaluation/metric/metric.js';
import { runHere } from '../figures/here.js';
import { sharedEngine } from './model.js';

/** What is searched, on which images; only the options of the search have defaults. */
export interface TuneSettings extends OptionsOf<typeof tuneOptions> {
  /** Methods by name, or your own. */
  readonly methods: readonly (MethodName | Method)[];
  /** The metric by name, or your own. */
  readonly metric: MetricName | Metric;
  /** The folder of a prepared set, whose validation images are explained. */
  readonly data: string;
  /** The file of an ONNX classifier of its task. */
  readonly model: string;
  /** The search's folder; an interrupted search resumes from it. */
  readonly out: string;
}

/**
 * Searches the options of methods by a metric on validation images, at random and with equally many trials
 * for each; the first trial has the usual options. Writes `tuned.json`, which `benchmark` takes as `tuned`.
 * Throws for unknown names and options, and where `out` holds another search.
 */
export function tune({ methods, metric, data, model, out, ...given }: TuneSettings): Promise<Tuning> {
  for (const [name, value] of Object.entries({ methods, metric, data, model, out }))
    if (value === undefined) throw usageError(`tune needs ${name}`);
  const options = readOptions(tuneOptions, given, 'tune');
  const request = { methods: chosenMethods(methods), metric: chosenMetrics([metric], options)[0]! };
  return runHere((run) => runSearch({ ...request, data, model, options, out }, sharedEngine(), run));
}
