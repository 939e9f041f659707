import { readFile } from 'node:fs/promises';
import { methods } from '../attribution/index.js';
import { sha256, writeWhole } from '../base/files.js';
import { unknownName } from '../base/names.js';
import type { GivenOptions } from '../base/options.js';
import type { RunContext } from '../base/run.js';
import type { Engine } from '../engine/engine.js';
import { metrics } from '../evaluation/index.js';
import type { Classifier } from '../model/classifier.js';
import { loadClassifier } from '../model/load.js';
import { type Chosen, chooseCases } from './cases.js';
import { type DatasetRequest, prepareTask } from './dataset.js';
import { type Cases, explainCases, type Skipped } from './explain.js';
import { type BenchmarkOptions, selection } from './plan.js';
import type { MethodRow, ScoreRow, SummaryRow } from './rows.js';
import { scoreCases } from './scoring.js';
import { openStore } from './store.js';
import { summarise } from './summary.js';
import { writeTable } from './tables.js';
import { type TrainedModel, trainStage } from './train-stage.js';
import { versions } from './versions.js';

export interface BenchmarkRequest {
  readonly data: DatasetRequest;
  readonly training: GivenOptions;
  readonly options: BenchmarkOptions;
  readonly out: string;
  /** Where phantoms are drawn. */
  readonly drawn: string;
}

export interface BenchmarkResult {
  readonly out: string;
  readonly task: string;
  readonly classes: readonly string[];
  readonly images: { readonly train: number; readonly validation: number; readonly test: number };
  readonly trained?: TrainedModel;
  readonly chosen: Chosen;
  readonly methods: readonly MethodRow[];
  readonly skipped: readonly Skipped[];
  readonly summary: readonly SummaryRow[];
  readonly scores: readonly ScoreRow[];
  readonly cases: Cases;
}

/**
 * Prepares the data, trains or loads a classifier, explains test images by every method, scores the maps, and writes the
 * run's folder. What an earlier start of the same run finished is not done again, and the numbers are the same.
 */
export async function benchmark(
  request: BenchmarkRequest,
  engine: Engine,
  run: RunContext,
): Promise<BenchmarkResult> {
  const { data, training, options, out, drawn } = request;
  const wantedMethods = chosenNames(options.methods, Object.keys(methods), 'method');
  const wantedMetrics = chosenNames(options.metrics, Object.keys(metrics), 'metric');
  // Methods and metrics may be added to a run later; everything else makes it another run.
  const { methods: _methods, metrics: _metrics, ...fixed } = options;
  const config = plain({ data, training, options: fixed });
  const store = await openStore(out, config);
  const seed = options.seed;
  const task = await prepareTask({ ...data, seed }, store.path('prepared'), drawn, run);
  const trained = options.model
    ? undefined
    : await trainStage(task, { ...training, seed }, engine, store, run);
  const modelPath = options.model ?? store.path('model.onnx');
  const model = await loadClassifier(modelPath, { engine, inputShape: task.inputShape });
  const { cases, chosen } = await chooseCases(task, model, options.explain, seed, run);
  const settings = { seed, samples: options.samples };
  const explained: MethodRow[] = [];
  const skipped: Skipped[] = [];
  const scores: ScoreRow[] = [];
  const step = run.progress.start('methods', wantedMethods.length);
  for (const name of wantedMethods) {
    const row = await explainCases(name, model, cases, settings, store, run);
    if ('skipped' in row) skipped.push(row);
    else {
      explained.push(row);
      scores.push(...(await scoreCases(name, wantedMetrics, model, cases, seed, store, run)));
    }
    step.advance(1, name);
  }
  step.done();
  const summary = summarise(scores, seed);
  await writeTable(
    store.path('scores'),
    scores.map((row) => ({ ...row })),
  );
  await writeTable(
    store.path('summary'),
    summary.map((row) => ({ ...row })),
  );
  const { train, validation, test } = task;
  const result = {
    out,
    task: task.name,
    classes: task.classes,
    images: { train: train.length, validation: validation.length, test: test.length },
    ...(trained && { trained }),
    chosen,
    methods: explained,
    skipped,
    summary,
    scores,
    cases,
  };
  await writeManifest(
    result,
    { ...config, methods: wantedMethods, metrics: wantedMetrics },
    task.provenance,
    model,
    modelPath,
    store.path('manifest.json'),
  );
  return result;
}

async function writeManifest(
  { task, classes, images, trained, chosen, methods: explained, skipped }: BenchmarkResult,
  config: object,
  data: unknown,
  model: Classifier,
  modelPath: string,
  path: string,
) {
  const manifest = {
    format: 'sightline-run',
    version: 1,
    config,
    versions: versions(),
    engine: model.engine.name,
    data,
    task,
    classes,
    images,
    model: { sha256: sha256(await readFile(modelPath)), ...(trained && { epochs: trained.history.length }) },
    quantity: 'raw output',
    test: chosen,
    methods: explained.map(({ seconds, ...row }) => row),
    skipped,
  };
  await writeWhole(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

const chosenNames = (given: string, known: readonly string[], what: string) =>
  selection(given, known, (name) => unknownName(known, name, what));

/** As it will be read back from JSON. */
const plain = (value: object): object => JSON.parse(JSON.stringify(value));
