import { join } from 'node:path';
import { z } from 'zod/mini';
import { attribute } from '../../attribution/attribute.js';
import type { Method } from '../../attribution/method.js';
import { inputError, unsupported, usageError } from '../../base/errors.js';
import type { Schema } from '../../base/json.js';
import { declaredIn, type OptionValues } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { openPrepared } from '../../data/prepare/index.js';
import type { Sample, Task } from '../../data/sample.js';
import type { Engine } from '../../engine/engine.js';
import type { Classifier } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { argmax } from '../../model/training/quality.js';
import {
  type Disturbance,
  type MetaConsistency,
  metaConsistency,
} from '../../statistics/meta-consistency.js';
import { rows, type Tensor } from '../../tensor/tensor.js';
import { batchOf, type Cases, chooseCases } from '../cases.js';
import { optionsFor } from '../explain.js';
import { finishedRun } from '../finished.js';
import { chosenMethods, chosenMetrics, metricsFor, statedIn } from '../plan.js';
import { type MetricChoice, planeOf, scoreSample } from '../score-sample.js';
import { openStore } from '../store.js';
import { writeTable } from '../tables.js';
import { modelOfTask } from '../task-model.js';
import { noisyModel, noisySample } from './disturb.js';
import { metaOptions } from './options.js';

/** How consistent a metric is where images, or the model's weights, are disturbed. */
export interface MetaRow extends MetaConsistency {
  readonly metric: string;
  readonly setting: Setting;
  /** Images that counted, over all draws: those that kept their prediction, and those that changed it. */
  readonly minorImages: number;
  readonly disruptiveImages: number;
}

const settings = ['input', 'model'] as const;
const kinds = ['minor', 'disruptive'] as const;
type Setting = (typeof settings)[number];
type Kind = (typeof kinds)[number];

export interface MetaRequest extends OptionValues<typeof metaOptions> {
  /** The folder of a finished run, and the model and prepared set where the run was given them. */
  readonly out: string;
  readonly model?: string;
  readonly data?: string;
}

/** Scores after one disturbance, or without any: by metric, `[method][image]`; `null` where undefined. */
interface Scores {
  readonly counted: readonly boolean[];
  readonly scores: Readonly<Record<string, readonly (readonly (number | null)[])[]>>;
}

const scoresSchema: Schema<Scores> = z.object({
  counted: z.array(z.boolean()),
  scores: z.record(z.string(), z.array(z.array(z.nullable(z.number())))),
});

/** The folder of a run's meta-evaluation. */
export const metaFolder = (out: string): string => join(out, 'meta');

/**
 * Which metrics of a finished run can be trusted on its model (MetaQuantus, Hedström et al. 2023,
 * arXiv:2302.07265): images and weights are disturbed a little, which should change no score and no ranking,
 * and so much that the prediction changes, which should change the score for the worse. An interrupted one
 * resumes. Writes `meta/metrics.csv` and `.parquet` in the run's folder.
 */
export async function metaEvaluate(
  request: MetaRequest,
  engine: Engine,
  run: RunContext,
): Promise<MetaRow[]> {
  const { out, seed, repeats, explained } = request;
  const found = await finishedRun(out, request);
  const { explain, cases: which, samples, budget, precision, steps, unit } = found.settings;
  const wanted = chosenMetrics(request.metrics ?? found.scored, { steps, unit }).filter(
    ({ metric }) => metric.direction !== 'none',
  );
  if (wanted.length === 0) throw usageError('none of these metrics says whether higher or lower is better');
  const task = await openPrepared(request.data ?? join(out, 'prepared'));
  const { multiLabel } = task;
  checkChanges(out, task, found.settings.target);
  const stated = statedIn(found.settings);
  const path = request.model ?? join(out, 'model.onnx');
  const model = await modelOfTask(path, task, { engine, precision, ...stated });
  const metrics = metricsFor(model, wanted);
  const chosen = await chooseCases(task, model, { explain, cases: which, seed: found.settings.seed }, run);
  const cases = firstOf(chosen.cases, request.images);
  // Scores are stored by place: one order, in whichever the methods are named.
  const methods = methodsOf(request.methods, found).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  // Metrics may be others later, and paths do not matter.
  const { metrics: _metrics, methods: _methods, ...told } = declaredIn(metaOptions, request);
  const store = await openStore(metaFolder(out), { ...told, methods: methods.map(({ name }) => name) });
  const names = methods.map(({ name }) => name);
  const work = { methods, metrics, cases, samples, budget, seed: found.settings.seed, multiLabel };
  const step = run.progress.start('meta-evaluation', 1 + settings.length * kinds.length * repeats);
  const key = metrics.map(({ metric }) => metric.name).join();
  const stored = (name: string, make: () => Promise<Scores>) =>
    store.once(name, scoresSchema, make, async ({ scores }) => Object.keys(scores).join() === key);
  const plain = await asIs(model, work, run);
  const before = await stored('before', () => scoreAll(plain, plain.maps, work, run));
  step.advance(1, 'as they are');
  const disturbedScores = async (setting: Setting, kind: Kind, k: number): Promise<Scores> => {
    const random = seededRandom(`${seed}/${setting}/${kind}`).fork(k);
    const size = request[`${setting}${kind === 'minor' ? 'Noise' : 'Disruption'}`];
    const disturbed =
      setting === 'model'
        ? { model: noisyModel(model, size, random), samples: cases.samples }
        : { model, samples: cases.samples.map((sample, i) => noisySample(sample, size, random.fork(i))) };
    const answers = await answersOf(disturbed, cases, multiLabel, run);
    const stays = answers.map((answer, i) => answer === plain.answers[i]);
    const same = setting === 'input' && explained === 'original';
    const maps = same ? plain.maps : await mapsOf(disturbed, work, run);
    const { scores } = await scoreAll(disturbed, maps, work, run);
    return { counted: kind === 'minor' ? stays : stays.map((stayed) => !stayed), scores };
  };
  const after = new Map<string, Scores[]>();
  for (const setting of settings) {
    for (const kind of kinds) {
      const draws: Scores[] = [];
      for (let k = 0; k < repeats; k++) {
        draws.push(await stored(`${setting}-${kind}-${k}`, () => disturbedScores(setting, kind, k)));
        step.advance(1, `${kind} noise on the ${setting}`);
      }
      after.set(`${setting} ${kind}`, draws);
    }
  }
  step.done();
  const made = metrics.flatMap(({ metric: { name, direction } }) =>
    settings.map((setting): MetaRow => {
      const of = (kind: Kind) =>
        after.get(`${setting} ${kind}`)!.map((one) => disturbanceOf(before, one, name));
      const [minor, disruptive] = [of('minor'), of('disruptive')];
      return {
        metric: name,
        setting,
        ...metaConsistency(minor, disruptive, direction as 'higher' | 'lower'),
        minorImages: countedIn(minor),
        disruptiveImages: countedIn(disruptive),
      };
    }),
  );
  await writeTable(store.path('metrics'), made.map(withoutNaN));
  await writeTable(
    store.path('methods'),
    names.map((method) => ({ method })),
  );
  return made;
}

/** Throws where no class is predicted that a disturbance could change, or another number was explained. */
function checkChanges(out: string, { name, regression }: Task, target: string | undefined): void {
  const counts = 'a meta-evaluation tells disturbances apart by the predicted class';
  if (regression)
    throw unsupported(
      `${out}: task ${name} predicts a number; ${counts}, so a run of a task of classes is needed`,
    );
  if (target !== undefined)
    throw unsupported(
      `${out}: the run explains target '${target}'; ${counts}, so a run without --target is needed`,
    );
}

const withoutNaN = (row: MetaRow) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, Number.isNaN(value) ? null : value]),
  ) as Readonly<Record<string, string | number | null>>;

const countedIn = (disturbances: readonly Disturbance[]) =>
  disturbances.reduce((sum, { counted }) => sum + counted.filter(Boolean).length, 0);

const disturbanceOf = (before: Scores, after: Scores, metric: string): Disturbance => ({
  before: numbersOf(before, metric),
  after: numbersOf(after, metric),
  counted: after.counted,
});

const numbersOf = ({ scores }: Scores, metric: string) =>
  scores[metric]!.map((row) => row.map((value) => value ?? Number.NaN));

/** The four quickest methods of the run, or those asked for. */
function methodsOf(
  wanted: string | undefined,
  { methods, manifest }: Awaited<ReturnType<typeof finishedRun>>,
): Method[] {
  if (wanted !== undefined) return chosenMethods(wanted);
  const own = methods.filter(({ family }) => family !== 'baseline');
  const cost = new Map(
    manifest.methods.map(({ method, forward = 0, backward = 0 }) => [method, forward + backward]),
  );
  const quick = own.toSorted((a, b) => cost.get(a.name)! - cost.get(b.name)!).slice(0, 4);
  if (quick.length < 2)
    throw inputError('a meta-evaluation ranks methods: the run has fewer than two that are no baselines');
  return quick;
}

interface Work {
  readonly methods: readonly Method[];
  readonly metrics: readonly MetricChoice[];
  readonly cases: Cases;
  readonly samples: number;
  readonly budget?: number | undefined;
  readonly seed: number;
  readonly multiLabel: boolean;
}

interface Shown {
  readonly model: Classifier;
  readonly samples: readonly Sample[];
}

async function asIs(model: Classifier, work: Work, run: RunContext) {
  const shown = { model, samples: work.cases.samples };
  const answers = await answersOf(shown, work.cases, work.multiLabel, run);
  return { ...shown, answers, maps: await mapsOf(shown, work, run) };
}

/** What the model answers: the likeliest class, or where several may hold whether the explained one does. */
async function answersOf(
  { model, samples }: Shown,
  { targets }: Cases,
  multiLabel: boolean,
  run: RunContext,
) {
  const logits = await predict(model, batchOf(model, samples), run);
  return samples.map((_, i) => {
    const row = [...rows(logits, i, i + 1).data];
    return multiLabel ? Number(row[targets[i]!]! > 0) : argmax(row);
  });
}

/** The maps of each method, `[method][image]`. */
async function mapsOf({ model, samples }: Shown, work: Work, run: RunContext): Promise<Tensor[][]> {
  const all: Tensor[][] = [];
  for (const method of work.methods) {
    await checkpoint(run);
    const given = optionsFor(method, work.cases, work);
    const input = batchOf(model, samples);
    const { map } = await attribute(model, method, input, work.cases.targets, given, {
      seed: work.seed,
      run,
    });
    all.push(samples.map((_, i) => planeOf(rows(map, i, i + 1), model)));
  }
  return all;
}

async function scoreAll(
  { model, samples }: Shown,
  maps: readonly (readonly Tensor[])[],
  work: Work,
  run: RunContext,
): Promise<Scores> {
  const { methods, metrics, cases, seed } = work;
  const scores: Record<string, (number | null)[][]> = Object.fromEntries(
    metrics.map(({ metric }) => [metric.name, methods.map(() => [])]),
  );
  for (const [m, method] of methods.entries()) {
    const maker = { model, method, options: optionsFor(method, cases, work), seed };
    for (const [i, sample] of samples.entries()) {
      await checkpoint(run);
      const made = await scoreSample(maps[m]![i]!, sample, cases.targets[i]!, maker, metrics, run);
      for (const [at, { metric }] of metrics.entries()) {
        const { value } = made[at]!;
        scores[metric.name]![m]!.push(Number.isNaN(value) ? null : value);
      }
    }
  }
  return { counted: samples.map(() => true), scores };
}

const firstOf = (cases: Cases, most: number): Cases => ({
  ...cases,
  samples: cases.samples.slice(0, most),
  targets: cases.targets.slice(0, most),
  predictions: cases.predictions.slice(0, most),
});
