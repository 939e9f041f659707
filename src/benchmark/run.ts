import { join } from 'node:path';
import { z } from 'zod/mini';
import type { Method } from '../attribution/method.js';
import { inputError, usageError } from '../base/errors.js';
import { hashOfFile, writeWhole } from '../base/files.js';
import { withFolder } from '../base/lock.js';
import { type GivenOptions, withoutPrivate } from '../base/options.js';
import type { RunContext } from '../base/run.js';
import { contentChanges, contentsSchema, openPrepared, readContents } from '../data/prepare/index.js';
import type { Archive } from '../data/record.js';
import type { Task } from '../data/sample.js';
import type { Engine } from '../engine/engine.js';
import { hashModelFiles, type ModelFiles } from '../graph/model-files.js';
import type { Architecture } from '../model/architectures/architecture.js';
import type { Classifier } from '../model/classifier.js';
import { type LoadOptions, loadClassifier } from '../model/load.js';
import { parseTarget, spelled, type Target } from '../model/target.js';
import { networkFor } from '../model/training/network.js';
import { sizeOf } from '../tensor/tensor.js';
import { chooseAsked } from './asked.js';
import { type Cases, chooseCases } from './cases.js';
import { conclusionsOf } from './conclusions.js';
import {
  type DatasetRequest,
  datasetOf,
  type PreparedRequest,
  prepareRequest,
  prepareTask,
  trainingFor,
} from './dataset.js';
import { explainCases, readMap } from './explain.js';
import { finishedRun } from './finished.js';
import { writeManifest } from './manifest.js';
import { describeOwn } from './own.js';
import { type BenchmarkOptions, chosenMethods, chosenMetrics, ofRawOutputs } from './plan.js';
import { reasonsOf } from './reasons.js';
import { memoriesFor } from './remembered.js';
import { removalsOf } from './removals.js';
import type { BenchmarkResult, MethodRow, MethodScores, ScoreRow, Skipped } from './rows.js';
import { sameMaps } from './same-maps.js';
import type { MetricChoice } from './score-sample.js';
import { type ScoreSettings, scoreCases } from './scoring.js';
import { timed } from './seconds.js';
import { openStore, type Store } from './store.js';
import { strataOf } from './strata.js';
import { summarise } from './summary.js';
import { writeTable } from './tables.js';
import { trainStage } from './train-stage.js';
import { agreementMatrix, trustOf } from './trust.js';
import { readTuned, type Tuned } from './tuned.js';

export interface BenchmarkRequest {
  readonly data: DatasetRequest | PreparedRequest;
  readonly training: GivenOptions;
  readonly options: BenchmarkOptions;
  readonly out: string;
  /** The folder for generated data sets. */
  readonly drawn: string;
}

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
  const { explain, cases, samples, budget, steps, unit, seed, precision, normalisation, target, tuned } =
    settings;
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
    normalised: normalisation === undefined ? {} : { normalisation },
    ...(tuned && { tuned }),
    config,
    again: true,
  };
  const options = { explain, cases, samples, budget, seed, precision, model, target };
  return withFolder(out, () => stages({ options, out, drawn: out }, plan, engine, run));
}

/** Checks a request, and collects the settings that determine its results. */
async function planned(request: BenchmarkRequest, engine: Engine): Promise<Plan> {
  const { options } = request;
  const methods = chosenMethods(options.methods);
  const target = options.target === undefined ? undefined : parseTarget(options.target);
  const metrics = chosenMetrics(options.metrics, { steps: options.steps, unit: options.unit, target });
  if (methods.length === 0 || metrics.length === 0)
    throw usageError('nothing is left to do: a benchmark needs a method and a metric');
  const { seed, explain, cases: which, samples, budget, steps, unit, precision } = options;
  const data = 'prepared' in request.data ? request.data : { ...request.data, seed };
  const training = 'prepared' in data ? request.training : trainingFor(data.dataset, request.training);
  const given = options.model === undefined ? undefined : await hashModelFiles(options.model);
  if (given === undefined) checkNetwork(networkFor(training.architecture), target);
  const { normalisation } = options;
  const tuned = options.tuned === undefined ? undefined : await readTuned(options.tuned, methods);
  if (given === undefined && normalisation !== undefined)
    throw usageError('a normalisation is for a model that was given; training has an option of its own');
  const normalised = normalisation === undefined ? {} : { normalisation };
  // The settings that determine the results. Paths do not, and methods and metrics may be added later.
  const config = {
    ...('prepared' in data ? await describedSet(data) : described(data)),
    ...(given === undefined
      ? { training, ...(await contentOfWeights(training)) }
      : { ...modelIdentity(given), ...normalised }),
    ...(which !== 'correct' && { cases: which }),
    ...(precision !== 'auto' && { precision }),
    ...(unit !== 'pixels' && { unit }),
    ...(budget !== undefined && { budget }),
    ...(tuned && { tuned }),
    ...(target && { target: spelled(target) }),
    ...{ explain, samples, steps, seed, engine: engine.name },
  };
  return { methods, metrics, data, training, given, normalised, tuned, config, again: false };
}

/** What a run does, and the settings that identify it. */
interface Plan {
  readonly methods: readonly Method[];
  readonly metrics: readonly MetricChoice[];
  readonly data: DatasetRequest | PreparedRequest;
  readonly training: GivenOptions;
  readonly given?: ModelFiles;
  readonly normalised: Pick<LoadOptions, 'normalisation'>;
  readonly tuned?: Tuned | undefined;
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether to score again what is scored already. */
  readonly again: boolean;
}

interface Staged extends Pick<BenchmarkRequest, 'out' | 'drawn'> {
  readonly options: Pick<
    BenchmarkOptions,
    'explain' | 'cases' | 'samples' | 'budget' | 'seed' | 'precision' | 'model' | 'target'
  >;
}

async function stages(
  { options, out, drawn }: Staged,
  { methods, metrics: wanted, data, training, given, normalised, tuned, config, again }: Plan,
  engine: Engine,
  run: RunContext,
): Promise<BenchmarkResult> {
  const { seed, samples, budget, precision } = options;
  const store = await openStore(out, config);
  const preparing = await timed(async () => {
    if ('prepared' in data) return openPrepared(data.prepared);
    const { task, archive } = await prepareTask(data, store.path('prepared'), drawn, run);
    await checkData(store, task, archive);
    return task;
  });
  const task = preparing.made;
  const trained =
    given === undefined ? await trainStage(task, { seed, ...training }, engine, store, run) : undefined;
  const path = options.model ?? store.path('model.onnx');
  const { inputShape, multiLabel, regression } = task;
  const metrics = regression ? ofRawOutputs(wanted) : wanted;
  const load = (asked: Pick<LoadOptions, 'target'>) =>
    loadClassifier(path, {
      ...{ engine, imageShape: inputShape, multiLabel, precision },
      ...(regression && { head: 'regression' as const }),
      ...{ ...normalised, ...asked },
    });
  const target = options.target === undefined ? undefined : parseTarget(options.target);
  const model = await load(target ? { target } : {});
  const testing = await timed(() =>
    target
      ? chooseAsked(task, model, () => load({}), target, options, run)
      : chooseCases(task, model, options, run),
  );
  const { cases, chosen } = testing.made;
  // Not before the model has answered: a run that failed until here may begin again with other settings.
  const prepare = await store.once('prepare', z.number(), async () => preparing.seconds);
  const settings = { seed, samples, budget, tuned: tuned?.options, metrics, again };
  const found = await explainAndScore(methods, settings, model, cases, task.classes, store, run);
  const same = await sameMaps(
    found.methods.map(({ method }) => method),
    cases.samples.length,
    (method, image) => readMap(out, method, image),
  );
  const scoredBy = metrics.map(({ metric }) => metric);
  const summary = summarise(found.scores, methods, scoredBy, seed, same);
  await writeTable(store.path('scores'), found.scores);
  await writeTable(store.path('summary'), summary);
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
    ...(target && { target: spelled(target) }),
    ...(tuned && { tuned }),
    ...(reasons && { reasons }),
    chosen,
    ...rest,
    methods: rows.map((row) => withSame(row, same)),
    metrics: Object.fromEntries(metrics.map(({ metric, options }) => [metric.name, options])),
    summary,
    strata: strataOf(found.scores, seed),
    trust: trustOf(found.scores, methods, scoredBy, seed, same),
    agreement: agreementMatrix(found.scores, scoredBy),
    cases,
    seconds: {
      prepare,
      train: trained?.seconds ?? 0,
      test: await store.once('test', z.number(), async () => testing.seconds),
      explain: explaining,
      score,
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

/** Throws where a network that is trained makes no such number. */
function checkNetwork({ name, segments }: Architecture, target: Target | undefined): void {
  const isRegion = target?.kind === 'region';
  if (segments && !isRegion)
    throw usageError(
      `${name} is a segmentation network: say which of its numbers is explained, such as --target region:1@predicted`,
    );
  if (!segments && (isRegion || target?.kind === 'box'))
    throw usageError(
      `${name} gives an image a score for each class, and has no ${target.kind} to explain; train unet for regions, or give a --model`,
    );
}

function withSame(row: MethodRow, groups: readonly (readonly string[])[]): MethodRow {
  const group = groups.find((one) => one.includes(row.method));
  return group ? { ...row, sameAs: group.filter((name) => name !== row.method) } : row;
}

async function explainAndScore(
  wanted: readonly Method[],
  settings: ScoreSettings,
  model: Classifier,
  cases: Cases,
  classes: readonly string[],
  store: Store,
  run: RunContext,
) {
  const methods: MethodRow[] = [];
  const skipped: Skipped[] = [];
  const scores: ScoreRow[] = [];
  const explain: Record<string, number> = {};
  const score: Record<string, number> = {};
  const scored: Readonly<Record<string, MethodScores>>[] = [];
  const known = memoriesFor(cases.samples.length, sizeOf(model.input.shape), model.classes.length);
  const step = run.progress.start('methods', wanted.length);
  for (const method of wanted) {
    const { name } = method;
    const row = await explainCases(method, model, cases, settings, store, run);
    if ('skipped' in row) skipped.push(row);
    else {
      const found = await scoreCases(method, model, cases, settings, classes, known, store, run);
      const { rows, byMetric } = found;
      methods.push(row);
      scores.push(...rows);
      scored.push(byMetric);
      explain[name] = row.seconds;
      for (const [metric, { seconds }] of Object.entries(byMetric))
        score[metric] = (score[metric] ?? 0) + seconds;
    }
    step.advance(1, name);
  }
  step.done();
  if (methods.length === 0) {
    throw inputError(`no method applies to this model: ${skipped[0]!.method}: ${skipped[0]!.skipped}`);
  }
  return { methods, skipped, scores, removals: removalsOf(scored), explain, score };
}

const modelIdentity = ({ model, weights }: ModelFiles) => ({
  model,
  ...(weights.length > 0 && { weights: Object.fromEntries(weights) }),
});

/** What the training begins with, where that is a file. */
async function contentOfWeights({ weights }: GivenOptions) {
  return typeof weights === 'string' && weights !== '' ? { weightsContent: await hashOfFile(weights) } : {};
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

function described(data: DatasetRequest) {
  const { name, options } = datasetOf(data.dataset);
  const { task, taskOptions, split, image } = prepareRequest(data);
  const datasetOptions = withoutPrivate(options, data.datasetOptions ?? {});
  return { dataset: name, datasetOptions, task, taskOptions, split: split ?? {}, image };
}

/** A prepared set's own content identifies it. */
async function describedSet({ prepared }: PreparedRequest) {
  const { name, provenance } = await openPrepared(prepared);
  return { prepared: name, contentHash: provenance.contentHash };
}

const countsOf = ({ train, validation, test }: Task) => ({
  train: train.length,
  validation: validation.length,
  test: test.length,
});
