import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod/mini';
import { changedSetting } from '../base/changed-setting.js';
import { inputError, usageError } from '../base/errors.js';
import { writeWhole } from '../base/files.js';
import { withFolder } from '../base/lock.js';
import type { RunContext } from '../base/run.js';
import { contentChanges, contentsSchema, openPrepared, readContents } from '../data/prepare/index.js';
import type { Archive } from '../data/record.js';
import type { Task } from '../data/sample.js';
import type { Engine } from '../engine/engine.js';
import { hashModelFiles } from '../graph/model-files.js';
import type { Classifier } from '../model/classifier.js';
import { headInWords } from '../model/head.js';
import type { LoadOptions } from '../model/load.js';
import { normalisationText } from '../model/normalisation.js';
import { improper } from '../model/probability.js';
import { inOrderOf, otherNames, otherOrder, takenFor } from '../model/questions/task-classes.js';
import { parseTarget, spelled, type Target } from '../model/target.js';
import { chooseAsked } from './asked.js';
import { checkAnnotated, chooseCases } from './cases.js';
import { conclusionsOf } from './conclusions.js';
import { prepareTask } from './dataset.js';
import { readMap } from './explain.js';
import { explainAndScore } from './explain-and-score.js';
import { finishedRun } from './finished.js';
import { writeManifest } from './manifest.js';
import { describeOwn } from './own.js';
import { type BenchmarkOptions, chosenMetrics, metricsFor, statedIn } from './plan.js';
import { reasonsOf } from './reasons.js';
import type { BenchmarkResult, MethodRow } from './rows.js';
import { type BenchmarkRequest, type Plan, planned } from './run-plan.js';
import type { MetricChoice } from './score-sample.js';
import { timed } from './seconds.js';
import { statisticsOf } from './statistics.js';
import { openStore, type Store } from './store.js';
import { writeTable } from './tables.js';
import { loadOfTask } from './task-model.js';
import { trainStage } from './train-stage.js';

/**
 * Prepares the data, trains or loads a classifier, explains test images by each method, scores the maps and
 * writes the results to the run's folder. An interrupted run resumes after its last finished step and gives
 * the same results.
 */
export async function benchmark(
  request: BenchmarkRequest,
  engine: Engine,
  run: RunContext,
): Promise<BenchmarkResult> {
  const plan = await planned(request, engine);
  return withFolder(request.out, () => stages(request, plan, engine, run));
}

/** What to score anew of a finished run. */
export interface Evaluation {
  readonly out: string;
  /** Metrics by name; those of the run by default. */
  readonly metrics?: string;
  /** The model and the prepared set, where the run was given them and did not make its own. */
  readonly model?: string;
  readonly data?: string;
}

/**
 * Scores the stored maps of a finished run anew and writes its tables again; nothing is explained or trained.
 * Throws where the folder holds no run, or where its data, model or maps are not there or have changed.
 */
export async function evaluateRun(
  { out, metrics: wanted, model, data }: Evaluation,
  engine: Engine,
  run: RunContext,
): Promise<BenchmarkResult> {
  const { settings, config, methods, scored } = await finishedRun(out, { model, data });
  const { explain, cases, samples, budget, steps, unit, seed, precision, target, tuned } = settings;
  const plan: Plan = {
    methods,
    metrics: chosenMetrics(wanted ?? scored, {
      steps,
      unit,
      target: target === undefined ? undefined : parseTarget(target),
    }),
    data: { prepared: data ?? join(out, 'prepared') },
    training: {},
    given: model === undefined ? undefined : await hashModelFiles(model),
    stated: statedIn(settings),
    ...(tuned && { tuned }),
    config,
    again: true,
  };
  const options = { explain, cases, samples, budget, seed, precision, model, target };
  return withFolder(out, () => stages({ options, out, drawn: out }, plan, engine, run));
}

interface Staged extends Pick<BenchmarkRequest, 'out' | 'drawn'> {
  readonly options: Pick<
    BenchmarkOptions,
    'explain' | 'cases' | 'samples' | 'budget' | 'seed' | 'precision' | 'model' | 'target'
  >;
}

async function stages(
  { options, out, drawn }: Staged,
  { methods, metrics: wanted, data, training, given, stated, tuned, config, again }: Plan,
  engine: Engine,
  run: RunContext,
): Promise<BenchmarkResult> {
  const { seed, samples, budget, precision } = options;
  const store = await openStore(out, config, 'prepared' in data ? data.prepared : undefined);
  const preparing = await timed(async () => {
    if ('prepared' in data) return openPrepared(data.prepared);
    if (store.replaced && changedSetting(ofData(store.replaced), ofData(config)) !== undefined)
      await rm(store.path('prepared'), { recursive: true, force: true });
    const { task, archive } = await prepareTask(data, store.path('prepared'), drawn, run);
    await checkData(store, task, archive);
    return task;
  });
  const task = preparing.made;
  if (options.target === undefined) checkAnnotated(task);
  const trained =
    given === undefined ? await trainStage(task, { seed, ...training }, engine, store, run) : undefined;
  const path = options.model ?? store.path('model.onnx');
  const { regression } = task;
  const load = (asked: Pick<LoadOptions, 'target'>) =>
    loadOfTask(path, task, { engine, precision, ...stated, ...asked });
  const target = options.target === undefined ? undefined : parseTarget(options.target);
  const asClassifier = async () => inOrderOf(await load({}), task);
  const loaded = await load({ ...(target && { target }) });
  const model = target ? loaded : await inOrderOf(loaded, task);
  const named = regression ? undefined : otherNames(loaded, task);
  const taken = regression || target ? undefined : takenFor(loaded, task);
  const assumed = regression || target ? undefined : loaded.head.assumed;
  if (target && otherOrder(model, task))
    throw inputError(
      `${path}: has its classes in another order (${model.classes.join(', ')}) than the task (${task.classes.join(', ')}); a target of one is asked of a model in the task's order`,
    );
  const metrics = metricsFor(model, wanted);
  const testing = await timed(() =>
    target
      ? chooseAsked(task, model, asClassifier, target, options, run)
      : chooseCases(task, model, options, run),
  );
  const { cases, chosen } = testing.made;
  const none = improper(cases.predictions.flatMap(({ probability }) => probability ?? []));
  // Not before the model has answered: a run that failed until here may begin again with other settings.
  const prepare = await store.once('prepare', z.number(), async () => preparing.seconds);
  const settings = { seed, samples, budget, tuned: tuned?.options, metrics, again };
  const found = await explainAndScore(methods, settings, model, cases, task.classes, store, run);
  await writeTable(store.path('scores'), found.scores);
  const scoredBy = metrics.map(({ metric }) => metric);
  const maps = {
    methods: found.methods.map(({ method }) => method),
    images: cases.samples.length,
    read: (method: string, image: number) => readMap(out, method, image),
  };
  const analysing = await timed(() =>
    statisticsOf({ scores: found.scores, methods, metrics: scoredBy, seed, maps }, run),
  );
  const { same, ...statistics } = analysing.made;
  await writeTable(store.path('summary'), statistics.summary);
  const reasons = await reasonsOf(model, task, cases, seed);
  if (reasons)
    await writeTable(
      store.path('prototypes'),
      reasons.scores.prototypes.map((row) => ({ ...row, consistent: Number(row.consistent) })),
    );
  const { explain: explaining, score, methods: rows, ...rest } = found;
  const result: BenchmarkResult = {
    out,
    task: task.name,
    classes: task.classes,
    images: countsOf(task),
    ...(trained && { trained }),
    ...(named && { named }),
    ...(trained === undefined && {
      read: { ...readingOf(model, target), ...(taken !== undefined && { classes: taken }) },
    }),
    ...(assumed !== undefined && { assumed }),
    ...(none !== undefined && { improper: none }),
    ...(target && { target: spelled(target) }),
    ...(tuned && { tuned }),
    ...(reasons && { reasons }),
    chosen,
    ...rest,
    metricNotes: [...ofValues(metrics, target, regression), ...rest.metricNotes],
    methods: rows.map((row) => withSame(row, same)),
    metrics: Object.fromEntries(metrics.map(({ metric, options }) => [metric.name, options])),
    ...statistics,
    cases,
    seconds: {
      prepare,
      train: trained?.seconds ?? 0,
      test: await store.once('test', z.number(), async () => testing.seconds),
      explain: explaining,
      score,
      statistics: analysing.seconds,
    },
  };
  const about = { engine: engine.name, precision: model.precision, sha256: given?.model ?? trained!.sha256 };
  const members = [...methods, ...scoredBy];
  const told = { ...config, methods: methods.map(({ name }) => name), metrics: Object.keys(result.metrics) };
  await writeTable(store.path('strata'), result.strata);
  const written = `${JSON.stringify(conclusionsOf(result), null, 2)}\n`;
  await writeWhole(store.path('summary.json'), written);
  await writeManifest(result, told, describeOwn(members), task, about, store.path('manifest.json'));
  return result;
}

/** What metrics follow that follow a probability, where there is none. */
function ofValues(
  metrics: readonly MetricChoice[],
  target: Target | undefined,
  regression: Task['regression'],
): string[] {
  const names = metrics.flatMap(({ metric, options }) =>
    'quantity' in metric.options && options.quantity === 'logit' ? [metric.name] : [],
  );
  const value = target ? spelled(target) : regression ? 'the predicted number' : 'the raw output';
  return names.length > 0
    ? [`${names.join(', ')}: of ${value} as it is${target ? '' : ', not of a probability'}`]
    : [];
}

/** The settings that a run's own prepared set depends on. */
function ofData(config: object) {
  const { dataset, datasetOptions, task, taskOptions, split, image, seed } = config as Plan['config'];
  return JSON.parse(JSON.stringify({ dataset, datasetOptions, task, taskOptions, split, image, seed }));
}

/** How a given model is read. */
const readingOf = ({ input, head }: Classifier, target?: Target) => ({
  normalisation: normalisationText(input),
  head: headInWords(head, target),
});

function withSame(row: MethodRow, groups: readonly (readonly string[])[]): MethodRow {
  const group = groups.find((one) => one.includes(row.method));
  return group ? { ...row, sameAs: group.filter((name) => name !== row.method) } : row;
}

/** What the run's data was made from, kept when the run begins. Throws where it has changed since. */
async function checkData(store: Store, { provenance }: Task, { records }: Archive): Promise<void> {
  const { contentHash } = provenance;
  const now = { contentHash: String(contentHash), contents: await readContents(store.path('prepared')) };
  const before = await store.once('data', dataSchema, async () => now);
  if (before.contentHash === now.contentHash) return;
  const changes = contentChanges(before.contents, now.contents, records) ?? 'its classes or settings';
  throw usageError(`${store.dir} holds a run on other data (${changes}); choose another folder or remove it`);
}

const dataSchema = z.object({ contentHash: z.string(), contents: contentsSchema });

const countsOf = ({ train, validation, test }: Task) => ({
  train: train.length,
  validation: validation.length,
  test: test.length,
});
