import { join } from 'node:path';
import { z } from 'zod/mini';
import { attribute } from '../../attribution/attribute.js';
import type { Family, Method } from '../../attribution/method.js';
import { SightlineError } from '../../base/errors.js';
import { writeWhole } from '../../base/files.js';
import { declaredIn, type GivenOptions, type OptionValues } from '../../base/options.js';
import { permutation, seededRandom } from '../../base/random.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import type { Sample } from '../../data/sample.js';
import type { Engine } from '../../engine/engine.js';
import { scoreMap } from '../../evaluation/index.js';
import type { Classifier } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { probabilities } from '../../model/probability.js';
import { contentsBegunWith, toldTraining } from '../../model/training/begun-with.js';
import { clusterBootstrap, type Interval } from '../../statistics/bootstrap.js';
import { signFlipTest } from '../../statistics/sign-flip.js';
import { writeNpyRows } from '../../tensor/npy-rows.js';
import { rows, type Tensor } from '../../tensor/tensor.js';
import { measuresOf } from '../answers.js';
import { type Background, backgroundOf, batchOf, predictAll } from '../cases.js';
import { type DatasetRequest, experimentOn, type PreparedRequest } from '../dataset.js';
import { mapFile, optionsFor } from '../explain.js';
import { chosenMethods } from '../plan.js';
import type { Skipped } from '../rows.js';
import { planeOf } from '../score-sample.js';
import { openStore, type Store } from '../store.js';
import { writeTable } from '../tables.js';
import { loadOfTask } from '../task-model.js';
import { trainStage } from '../train-stage.js';
import { marked, markedClass, markerMask, planted } from './marker.js';
import { shortcutOptions } from './options.js';
import { type Judged, judge, type Pointing, type Used } from './verdict.js';

export interface ShortcutRequest {
  readonly data: DatasetRequest | PreparedRequest;
  readonly training: GivenOptions;
  readonly options: OptionValues<typeof shortcutOptions>;
  readonly out: string;
  /** The folder for drawn data sets. */
  readonly drawn: string;
}

/** What a model makes of the marker: mean probability of its class without and with it, over test images. */
export interface MarkerEffect {
  readonly plain: Interval;
  readonly marked: Interval;
  /** Share of test images without the marker that are classified right. */
  readonly accuracy: number;
}

export interface ShortcutRow extends Judged {
  readonly method: string;
  readonly family: Family;
}

/** Which methods reveal a planted shortcut, which stay silent, and which accuse the innocent model. */
export interface ShortcutAudit {
  readonly out: string;
  readonly task: string;
  readonly target: string;
  readonly share: number;
  readonly images: number;
  readonly patients: number;
  readonly effects: { readonly shortcut: MarkerEffect; readonly innocent: MarkerEffect };
  /** What has to be known before a method is judged. */
  readonly cautions: readonly string[];
  readonly methods: readonly ShortcutRow[];
  readonly skipped: readonly Skipped[];
}

const models = ['shortcut', 'innocent'] as const;
type ModelName = (typeof models)[number];
const situations = ['shortcutMarked', 'shortcutPlain', 'innocentMarked', 'innocentPlain'] as const;

/** A change of the mean probability that counts as one. */
const CHANGE = 0.1;

/**
 * Plants a marker in a share of one class's training images, trains a model with it and one without, and asks
 * each method for maps of the same test images with the marker and without (in the manner of Adebayo et al.
 * 2022, Post hoc explanations may be ineffective for detecting unknown spurious correlation). How far a map
 * points at the marker is the AUROC of its pixels. An interrupted audit resumes. Writes `shortcut.csv`,
 * `shortcut.json` and the maps of one image.
 */
export async function shortcutAudit(
  { data, training, options, out, drawn }: ShortcutRequest,
  engine: Engine,
  run: RunContext,
): Promise<ShortcutAudit> {
  const { seed, share, corner, markerSize, precision } = options;
  const { training: given, told, from, open } = experimentOn(data, training);
  const { methods: wanted, ...settings } = declaredIn(shortcutOptions, options);
  const store = await openStore(out, { ...settings, data: told, training: toldTraining(given) });
  const prepared = store.path('prepared');
  const task = await open(seed, prepared, drawn, run);
  const begun = await contentsBegunWith(given);
  const target = markedClass(task, options.class);
  const marker = { corner, size: markerSize };
  const tasks = {
    shortcut: planted(task, { marker, target, share }, seededRandom(`planted/${seed}`)),
    innocent: task,
  };
  const trained: Partial<Record<ModelName, Classifier>> = {};
  for (const name of models) {
    const { contentHash } = task.provenance;
    const config = { model: name, contentHash, ...begun };
    const own = await openStore(join(out, name), config, from ?? prepared);
    await trainStage(tasks[name], { ...given, seed }, engine, own, run);
    trained[name] = await loadOfTask(own.path('model.onnx'), task, { engine, precision });
  }
  const [shortcut, innocent] = [trained.shortcut!, trained.innocent!];
  const order = permutation(seededRandom(`shortcut/${seed}`), task.test.length);
  const plain = [...order.slice(0, options.explain)].sort((a, b) => a - b).map((i) => task.test[i]!);
  const withIt = plain.map((sample) => marked(sample, marker));
  const shown = {
    shortcutMarked: { model: shortcut, samples: withIt },
    shortcutPlain: { model: shortcut, samples: plain },
    innocentMarked: { model: innocent, samples: withIt },
    innocentPlain: { model: innocent, samples: plain },
  };
  const effects = {
    shortcut: await effectOf(shortcut, plain, withIt, target, run),
    innocent: await effectOf(innocent, plain, withIt, target, run),
  };
  const chances = chanceLines({
    shortcut: measuresOf(await predictAll(shortcut, task, run), task).chance,
    innocent: measuresOf(await predictAll(innocent, task, run), task).chance,
  });
  const background = { shortcut: backgroundOf(task, shortcut), innocent: backgroundOf(task, innocent) };
  const pointing: Record<string, readonly Pointing[]> = {};
  const skipped: Skipped[] = [];
  const methods = chosenMethods(wanted);
  const step = run.progress.start('methods', methods.length);
  for (const method of methods) {
    const work = { method, shown, background, marker: maskOf(plain[0]!, marker), target, options };
    const found = await store.once(`point-${method.name}`, pointingSchema, () => pointAt(work, store, run));
    if ('skipped' in found) skipped.push(found);
    else pointing[method.name] = found.images.map((one, i) => ({ ...one, patient: plain[i]!.patient }));
    step.advance(1, method.name);
  }
  step.done();
  const judged = judge(pointing, usedIn(effects));
  const audit: ShortcutAudit = {
    out,
    task: task.name,
    target: task.classes[target]!,
    share,
    images: plain.length,
    patients: new Set(plain.map(({ patient }) => patient)).size,
    effects: { shortcut: effects.shortcut.effect, innocent: effects.innocent.effect },
    cautions: [...cautionsOf(effects), ...chances],
    methods: methods.flatMap(({ name: method, family }) =>
      method in judged ? [{ method, family, ...judged[method]! }] : [],
    ),
    skipped,
  };
  await writeTable(store.path('shortcut'), audit.methods.map(flat));
  const { out: _, ...written } = audit;
  await writeWhole(store.path('shortcut.json'), `${JSON.stringify(written, null, 2)}\n`);
  return audit;
}

const maskOf = ({ image: { shape } }: Sample, marker: Parameters<typeof markerMask>[2]) =>
  markerMask(shape[1]!, shape[2]!, marker);

/** The model's probability of the marked class without and with the marker, and whether they differ. */
async function effectOf(
  model: Classifier,
  plain: readonly Sample[],
  withIt: readonly Sample[],
  target: number,
  run: RunContext,
) {
  const classes = model.classes.length;
  const said = async (samples: readonly Sample[]) => {
    const logits = await predict(model, batchOf(model, samples), run);
    const { data } = probabilities(model, logits);
    const right = samples.filter(({ labels }, n) => {
      const row = logits.data.subarray(n * classes, (n + 1) * classes);
      return row.every((score) => score <= row[labels[0]!]!);
    });
    return {
      values: samples.map(({ patient }, n) => ({ patient, value: data[n * classes + target]! })),
      accuracy: right.length / samples.length,
    };
  };
  const [without, having] = [await said(plain), await said(withIt)];
  const changes = having.values.map(({ patient, value }, n) => ({
    patient,
    value: value - without.values[n]!.value,
  }));
  return {
    effect: {
      plain: clusterBootstrap(without.values),
      marked: clusterBootstrap(having.values),
      accuracy: without.accuracy,
    },
    change: clusterBootstrap(changes).mean,
    p: signFlipTest(changes),
  };
}

type Effect = Awaited<ReturnType<typeof effectOf>>;

type Effects = Readonly<Record<ModelName, Effect>>;

const usedIn = ({ shortcut, innocent }: Effects): Used => ({
  learned: shortcut.change >= CHANGE && shortcut.p < 0.05,
  innocent: Math.abs(innocent.change) < CHANGE,
});

function cautionsOf(effects: Effects): string[] {
  const { shortcut, innocent } = effects;
  const used = usedIn(effects);
  return [
    ...(used.learned
      ? []
      : [
          `the model did not learn the shortcut: the marker changes the probability of its class by ${shortcut.change.toFixed(3)}; no method can reveal what is not there, and that one points elsewhere says nothing`,
        ]),
    ...(used.innocent
      ? []
      : [
          `the other model is not innocent: the marker changes its probability by ${innocent.change.toFixed(3)}, though it never saw one in training; a map that points at it may be right, and accuses nobody`,
        ]),
  ];
}

/** Which models do not tell the classes of images without the marker apart, and what that leaves open. */
export function chanceLines({
  shortcut,
  innocent,
}: Readonly<Record<ModelName, string | undefined>>): string[] {
  return [
    ...(innocent === undefined
      ? []
      : [
          `the innocent model may not have learned the task: of test images, ${innocent}. Where it has not, no map shows why it decides, and a method that does not accuse it has shown little`,
        ]),
    ...(shortcut === undefined
      ? []
      : [
          `the model with the shortcut may not tell the classes of images without the marker apart: of test images, ${shortcut}`,
        ]),
  ];
}

interface Shown {
  readonly model: Classifier;
  readonly samples: readonly Sample[];
}

interface PointWork {
  readonly method: Method;
  readonly shown: Readonly<Record<(typeof situations)[number], Shown>>;
  readonly background: Readonly<Record<ModelName, Background>>;
  readonly marker: Tensor<Uint8Array>;
  readonly target: number;
  readonly options: OptionValues<typeof shortcutOptions>;
}

const ZERO = 'the map is zero everywhere';

interface Scored {
  readonly value: number | null;
  readonly reason: string | undefined;
}

/** How far a method's maps point at the marker, for each image; the maps of the first image are kept. */
async function pointAt(work: PointWork, store: Store, run: RunContext): Promise<Found> {
  const { method, shown, background, marker, target, options } = work;
  const first: Tensor[] = [];
  const scores: Scored[][] = [];
  for (const situation of situations) {
    await checkpoint(run);
    const { model, samples } = shown[situation];
    const own = optionsFor(
      method,
      background[situation.startsWith('short') ? 'shortcut' : 'innocent'],
      options,
    );
    const targets = samples.map(() => target);
    try {
      const { map, flaws } = await attribute(model, method, batchOf(model, samples), targets, own, {
        seed: options.seed,
        run,
      });
      const planes = samples.map((_, i) => planeOf(rows(map, i, i + 1), model));
      first.push(planes[0]!);
      const values: Scored[] = [];
      for (const [i, plane] of planes.entries()) {
        const { value, reason } = await scoreMap('auroc', { map: plane, mask: marker, seed: 0, run });
        values.push({
          value: Number.isNaN(value) ? null : value,
          reason: flaws.empty.includes(i) ? ZERO : reason,
        });
      }
      scores.push(values);
    } catch (error) {
      if (error instanceof SightlineError && error.kind === 'unsupported')
        return { method: method.name, skipped: error.message };
      throw error;
    }
  }
  await writeNpyRows(mapFile(store.dir, method.name), first.length, mapsOf(first));
  const images = shown.shortcutPlain.samples.map((_, i) => ({
    shortcutMarked: scores[0]![i]!.value,
    shortcutPlain: scores[1]![i]!.value,
    innocentMarked: scores[2]![i]!.value,
    innocentPlain: scores[3]![i]!.value,
    ...reasonOf(scores.map((values) => values[i]!)),
  }));
  return { images };
}

/** Why one of an image's scores is undefined, and of which model's map. */
function reasonOf(scores: readonly Scored[]): { readonly reason?: string } {
  const [shortcut, innocent] = [scores.slice(0, 2), scores.slice(2)].map((own) =>
    own.find(({ value }) => value === null),
  );
  const reason = (shortcut ?? innocent)?.reason;
  if (reason === undefined) return {};
  if (shortcut !== undefined && innocent !== undefined) return { reason };
  return {
    reason: `of ${shortcut === undefined ? 'the innocent model' : 'the model with the shortcut'} ${reason}`,
  };
}

async function* mapsOf(planes: readonly Tensor[]): AsyncGenerator<Tensor> {
  for (const { data, shape } of planes) yield { data, shape: [1, 1, ...shape] };
}

const score = z.nullable(z.number());
const pointingSchema = z.union([
  z.object({ method: z.string(), skipped: z.string() }),
  z.object({
    images: z.array(
      z.object({
        shortcutMarked: score,
        shortcutPlain: score,
        innocentMarked: score,
        innocentPlain: score,
        reason: z.optional(z.string()),
      }),
    ),
  }),
]);
type Found = z.infer<typeof pointingSchema>;

const cell = (value: number) => (Number.isNaN(value) ? null : value);

/** A row of the table: each interval as three columns. */
const flat = ({
  method,
  family,
  verdict,
  revealsP,
  accusesP,
  undefined: left,
  why,
  ...means
}: ShortcutRow) => ({
  ...{ method, family, verdict, revealsP: cell(revealsP), accusesP: cell(accusesP), undefined: left, why },
  ...Object.fromEntries(
    situations.flatMap((situation) => [
      [situation, cell(means[situation].mean)],
      [`${situation}Low`, cell(means[situation].low)],
      [`${situation}High`, cell(means[situation].high)],
    ]),
  ),
});
