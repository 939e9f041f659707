import { z } from 'zod/mini';
import { attribute } from '../../attribution/attribute.js';
import type { Method } from '../../attribution/method.js';
import { inputError, SightlineError, usageError } from '../../base/errors.js';
import { writeWhole } from '../../base/files.js';
import { type Schema, whole } from '../../base/json.js';
import { withFolder } from '../../base/lock.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { openPrepared } from '../../data/prepare/index.js';
import type { Engine } from '../../engine/engine.js';
import { hashModelFiles, identityOf } from '../../graph/model-files.js';
import type { Classifier } from '../../model/classifier.js';
import { mean } from '../../statistics/bootstrap.js';
import { rows } from '../../tensor/tensor.js';
import { AT_ONCE, batchOf, type Cases, chooseCases, partsOf } from '../cases.js';
import { optionsFor } from '../explain.js';
import { sourceName } from '../own.js';
import { metricsFor, statedIn } from '../plan.js';
import { type MetricChoice, planeOf, scoreSample } from '../score-sample.js';
import { openStore } from '../store.js';
import { modelOfTask } from '../task-model.js';
import { type Setting, setting, type Tuned } from '../tuned.js';
import type { TuneOptions } from './options.js';
import { searchedOf, settingsOf } from './space.js';

export interface TuneRequest {
  readonly methods: readonly Method[];
  readonly metric: MetricChoice;
  /** The folder of a prepared set, and the classifier's file. */
  readonly data: string;
  readonly model: string;
  readonly options: Omit<TuneOptions, 'steps'>;
  /** The folder of the search; an interrupted one resumes there. */
  readonly out: string;
}

/** One setting of a method and how it did. */
export interface Trial {
  readonly options: Setting;
  /** The mean score over the images where it is defined; `null` where it is for none. */
  readonly mean: number | null;
  /** The number of images without a score. */
  readonly undefined: number;
  readonly forward: number;
  readonly backward: number;
  /** Why no image has a score, such as a flat map; absent where one has. */
  readonly why?: string;
  /** Why the method takes these options not together, or not for this model. */
  readonly failed?: string;
}

/** The options that were chosen, of methods with a score, and all that were tried. */
export interface Tuning extends Tuned {
  readonly format: 'sightline-tuned';
  readonly version: 1;
  /** Why the model is taken to be at chance on the validation images; absent where it is not. */
  readonly chance?: string;
  readonly direction: 'higher' | 'lower';
  readonly config: object;
  /** The trials by method, in their order: the first with the usual options. */
  readonly tried: Readonly<Record<string, readonly Trial[]>>;
}

const trialSchema: Schema<Trial> = z.object({
  options: setting,
  mean: z.nullable(z.number()),
  undefined: whole(),
  forward: whole(),
  backward: whole(),
  why: z.optional(z.string()),
  failed: z.optional(z.string()),
});

/**
 * Searches the options of methods by a metric on validation images, at random and with equally many trials
 * for each, and writes `tuned.json`. An interrupted search resumes after its last trial and chooses the same.
 */
export async function tune(request: TuneRequest, engine: Engine, run: RunContext): Promise<Tuning> {
  const { methods, metric: choice, data, options, out } = request;
  const { metric } = choice;
  const { direction } = metric;
  if (direction === 'none') throw usageError(`metric ${metric.name} has no direction to search in`);
  const fixed = methods.find((method) => searchedOf(method.options).length === 0);
  if (fixed) throw usageError(`method ${fixed.name} has no options to search`);
  const task = await openPrepared(data);
  if (task.validation.length === 0) throw inputError(`${data}: has no validation images to search on`);
  const identity = identityOf(await hashModelFiles(request.model));
  const { provenance, name } = task;
  const { trials, explain, cases: among, samples, budget, seed, precision } = options;
  const which = { explain, cases: among, samples, budget, seed };
  const stated = statedIn(options);
  const config = {
    ...{ metric: sourceName(metric), metricOptions: choice.options, trials, ...which, precision },
    ...stated,
    ...{ data: name, contentHash: provenance.contentHash, ...identity, engine: engine.name },
  };
  return withFolder(out, async () => {
    const store = await openStore(out, config, data);
    const model = await modelOfTask(request.model, task, { engine, precision, ...stated });
    const [asked] = metricsFor(model, [choice]);
    const searched = { ...task, test: task.validation };
    const { cases, chosen: quality } = await chooseCases(searched, model, options, run);
    const tried: Record<string, Trial[]> = {};
    const chosen: Record<string, Setting> = {};
    const step = run.progress.start('trials', methods.length * trials);
    for (const method of methods) {
      const own: Trial[] = [];
      for (const [at, drawn] of settingsOf(method.options, trials, options.seed).entries()) {
        await checkpoint(run);
        const make = () => tryOut(drawn, method, asked!, model, cases, options, run);
        own.push(await store.once(`trial-${sourceName(method)}-${at}`, trialSchema, make));
        step.advance(1, method.name);
      }
      tried[method.name] = own;
      const best = bestOf(own, direction);
      if (best.mean !== null) chosen[method.name] = best.options;
    }
    step.done();
    const tuning: Tuning = {
      ...{ format: 'sightline-tuned', version: 1, metric: metric.name, direction, trials },
      ...(quality.chance !== undefined && { chance: quality.chance }),
      ...{ images: cases.samples.length, data: name, options: chosen, config, tried },
    };
    await writeWhole(store.path('tuned.json'), `${JSON.stringify(tuning, null, 2)}\n`);
    return tuning;
  });
}

/** The trial with the fewest undefined scores, and of these the best mean; the first of equal ones. */
export function bestOf(trials: readonly Trial[], direction: Tuning['direction']): Trial {
  const sign = direction === 'higher' ? 1 : -1;
  return trials.reduce((best, one) => {
    if (one.mean === null) return best;
    if (best.mean === null || one.undefined !== best.undefined)
      return best.mean === null || one.undefined < best.undefined ? one : best;
    return sign * one.mean > sign * best.mean ? one : best;
  });
}

async function tryOut(
  drawn: Setting,
  method: Method,
  metric: MetricChoice,
  model: Classifier,
  cases: Cases,
  { samples, budget, seed }: TuneRequest['options'],
  run: RunContext,
): Promise<Trial> {
  const options = optionsFor(method, cases, { samples, budget, tuned: { [method.name]: drawn } });
  const values: number[] = [];
  const reasons = new Set<string>();
  let spent = { forward: 0, backward: 0 };
  try {
    for (const { from, part } of partsOf(cases.samples, AT_ONCE)) {
      const targets = cases.targets.slice(from, from + part.length);
      const made = await attribute(model, method, batchOf(model, part), targets, options, { seed, run });
      spent = { ...made.evaluations };
      for (const [i, sample] of part.entries()) {
        const map = planeOf(rows(made.map, i, i + 1), model);
        const maker = { model, method, options, seed };
        const [score] = await scoreSample(map, sample, targets[i]!, maker, [metric], run);
        values.push(score!.value);
        if (score!.reason !== undefined) reasons.add(score!.reason);
      }
    }
  } catch (error) {
    // Not every drawn combination is one that the method takes.
    if (!(error instanceof SightlineError) || !['usage', 'unsupported'].includes(error.kind)) throw error;
    return { options: drawn, mean: null, undefined: cases.samples.length, ...spent, failed: error.message };
  }
  const defined = values.filter((value) => !Number.isNaN(value));
  return {
    options: drawn,
    mean: defined.length === 0 ? null : mean(defined),
    undefined: values.length - defined.length,
    ...(defined.length === 0 && reasons.size > 0 && { why: [...reasons].join('; ') }),
    ...spent,
  };
}
